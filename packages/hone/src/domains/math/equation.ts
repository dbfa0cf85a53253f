/**
 * Linear equations in x as data: parse, print, expand.
 *
 *     3x + 7 = 16        x/4 - 2 = 5        3(x + 2) - 4 = 2x/5 + 1
 *
 * A side is a sum of terms: constants, multiples of x, and bracketed sums with a factor in front.
 */
import { HoneError } from "../../core/errors.ts";
import {
  absolute,
  add,
  divide,
  formatRational,
  isEqual,
  isZero,
  multiply,
  negate,
  one,
  type Rational,
  rational,
  sign,
  subtract,
  zero,
} from "./rational.ts";

/** A term of a side. */
export type Term =
  | { readonly kind: "constant"; readonly factor: Rational }
  | { readonly kind: "x"; readonly factor: Rational }
  | { readonly kind: "bracket"; readonly factor: Rational; readonly terms: readonly Term[] };

/** An equation as it is written: the terms of each side, in order. */
export interface Equation {
  readonly left: readonly Term[];
  readonly right: readonly Term[];
}

/** A side as coefficient · x + constant. */
export interface LinearForm {
  readonly coefficient: Rational;
  readonly constant: Rational;
}

const maxLength = 120;

/**
 * Reads an equation such as "3(x + 2) - 4 = 2x + 5"; white space is ignored.
 * @throws EQUATION_INVALID that names the place where reading stopped
 */
export function parseEquation(text: string): Equation {
  if (text.length > maxLength) throw invalid(text, `it is longer than ${maxLength} characters`);
  const sides = text.split("=");
  if (sides.length !== 2) throw invalid(text, "it needs exactly one equals sign");
  return { left: parseSide(sides[0]!, text), right: parseSide(sides[1]!, text) };
}

/** One side of an equation, or the operand of a move, such as "2x/3". */
export function parseSide(side: string, whole: string = side): readonly Term[] {
  const reader = new TermReader(side.replace(/\s+/g, ""), whole);
  const terms = reader.sum();
  reader.end();
  return terms;
}

/** The text of an equation, as `parseEquation` reads it. */
export const formatEquation = (equation: Equation): string =>
  `${formatSide(equation.left)} = ${formatSide(equation.right)}`;

/** The text of one side. */
export function formatSide(terms: readonly Term[]): string {
  return terms
    .map((term, i) => {
      const isNegative = sign(term.factor) < 0;
      const size = formatTerm({ ...term, factor: absolute(term.factor) });
      if (i === 0) return isNegative ? `-${size}` : size;
      return isNegative ? ` - ${size}` : ` + ${size}`;
    })
    .join("");
}

/** The side with brackets opened and like terms gathered. */
export function linearForm(terms: readonly Term[]): LinearForm {
  let form: LinearForm = { coefficient: zero, constant: zero };
  for (const term of terms) {
    const inner: LinearForm =
      term.kind === "bracket"
        ? linearForm(term.terms)
        : term.kind === "x"
          ? { coefficient: one, constant: zero }
          : { coefficient: zero, constant: one };
    form = {
      coefficient: add(form.coefficient, multiply(term.factor, inner.coefficient)),
      constant: add(form.constant, multiply(term.factor, inner.constant)),
    };
  }
  return form;
}

/** The side as terms: the x term, then the constant; "0" when both vanish. */
export function termsOf({ coefficient, constant }: LinearForm): readonly Term[] {
  const terms: Term[] = [];
  if (!isZero(coefficient)) terms.push({ kind: "x", factor: coefficient });
  if (!isZero(constant) || terms.length === 0) terms.push({ kind: "constant", factor: constant });
  return terms;
}

/** Both sides with brackets opened and like terms gathered. */
export const simplified = ({ left, right }: Equation): Equation => ({
  left: termsOf(linearForm(left)),
  right: termsOf(linearForm(right)),
});

/** True when each side has at most one x term and one constant, and no term that is 0 beside another. */
export function isSimplified({ left, right }: Equation): boolean {
  return [left, right].every(
    (side) =>
      side.every((term) => term.kind !== "bracket") &&
      side.length === termsOf(linearForm(side)).length,
  );
}

/** The x that makes the equation true; undefined when no x or every x does. */
export function solutionOf({ left, right }: Equation): Rational | undefined {
  const [l, r] = [linearForm(left), linearForm(right)];
  const coefficient = subtract(l.coefficient, r.coefficient);
  return isZero(coefficient) ? undefined : divide(subtract(r.constant, l.constant), coefficient);
}

/** One text for all ways to write an equation: simplified, with the larger coefficient of x on the left. */
export function canonicalText(equation: Equation): string {
  const { left, right } = simplified(equation);
  const difference = subtract(linearForm(left).coefficient, linearForm(right).coefficient);
  return formatEquation(sign(difference) < 0 ? { left: right, right: left } : { left, right });
}

function formatTerm(term: Term): string {
  if (term.kind === "constant") return formatRational(term.factor);
  const { numerator, denominator } = term.factor;
  const times = numerator === 1n ? "" : `${numerator}`;
  const over = denominator === 1n ? "" : `/${denominator}`;
  return `${times}${term.kind === "x" ? "x" : `(${formatSide(term.terms)})`}${over}`;
}

const invalid = (equation: string, problem: string): HoneError =>
  new HoneError("EQUATION_INVALID", { equation: equation.slice(0, maxLength), problem });

/** Reads terms from left to right. The limit of a text's length also limits how deep brackets are nested. */
class TermReader {
  readonly #text: string;
  readonly #whole: string;
  #at = 0;

  constructor(text: string, whole: string) {
    this.#text = text;
    this.#whole = whole;
  }

  sum(): readonly Term[] {
    const terms: Term[] = [this.#term(this.#take(/-/y) ? rational(-1) : one)];
    for (let operator = this.#take(/[+-]/y); operator; operator = this.#take(/[+-]/y)) {
      terms.push(this.#term(operator === "-" ? rational(-1) : one));
    }
    return terms;
  }

  end(): void {
    if (this.#at < this.#text.length) this.#fail();
  }

  #term(signFactor: Rational): Term {
    const digits = this.#take(/\d{1,12}/y);
    const opening = this.#take(/[x(]/y);
    if (digits === undefined && opening === undefined) this.#fail();
    const terms = opening === "(" ? this.sum() : [];
    if (opening === "(" && !this.#take(/\)/y)) this.#fail();
    const over = this.#take(/\/\d{1,12}/y)?.slice(1) ?? "1";
    if (BigInt(over) === 0n) this.#fail();
    const factor = multiply(signFactor, rational(BigInt(digits ?? "1"), BigInt(over)));
    if (opening === "(") return { kind: "bracket", factor, terms };
    return { kind: opening === "x" ? "x" : "constant", factor };
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #fail(): never {
    const rest = this.#text.slice(this.#at, this.#at + 12);
    throw invalid(this.#whole, rest === "" ? "it ends too early" : `"${rest}" cannot be read`);
  }
}

/** True when the form is just x. */
export const isPlainX = ({ coefficient, constant }: LinearForm): boolean =>
  isEqual(coefficient, one) && isZero(constant);

/** The form times a number. */
export const scale = (form: LinearForm, factor: Rational): LinearForm => ({
  coefficient: multiply(form.coefficient, factor),
  constant: multiply(form.constant, factor),
});

/** The sum of two forms. */
export const plus = (a: LinearForm, b: LinearForm): LinearForm => ({
  coefficient: add(a.coefficient, b.coefficient),
  constant: add(a.constant, b.constant),
});

/** The form times −1. */
export const opposite = ({ coefficient, constant }: LinearForm): LinearForm => ({
  coefficient: negate(coefficient),
  constant: negate(constant),
});
