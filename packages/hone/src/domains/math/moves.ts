/**
 * The moves that solve an equation: what each does to it, and how many are still needed.
 *
 * A balance move does the same to both sides: adds or subtracts one term, multiplies or divides by one number.
 */
import type { Action } from "../../ports/environment.ts";
import {
  type Equation,
  formatSide,
  isPlainX,
  isSimplified,
  type LinearForm,
  linearForm,
  opposite,
  parseSide,
  plus,
  scale,
  simplified,
  termsOf,
} from "./equation.ts";
import {
  absolute,
  divide,
  formatRational,
  isEqual,
  isReadable,
  isZero,
  one,
  parseRational,
  type Rational,
  rational,
  sign,
  zero,
} from "./rational.ts";

/** The operations that `identify_operation` can name, and the action of each. */
export const operations = {
  simplify: "simplify",
  add: "add_terms",
  subtract: "subtract_terms",
  multiply: "multiply_terms",
  divide: "divide_terms",
} as const;

/** The equation after a move; undefined when it is not possible: no operand, 0, not simplified yet, numbers too long. */
export function applyMove(
  equation: Equation,
  { name, argument = "" }: Action,
): Equation | undefined {
  if (name === "simplify") {
    return argument === "" && !isSimplified(equation) ? simplified(equation) : undefined;
  }
  if (!isSimplified(equation)) return undefined;
  const change =
    name.startsWith("multiply") || name.startsWith("divide")
      ? scaling(name, argument)
      : shifting(name, argument);
  if (!change) return undefined;
  const sides = [change(linearForm(equation.left)), change(linearForm(equation.right))] as const;
  const isLegible = sides.every((s) => isReadable(s.coefficient) && isReadable(s.constant));
  return isLegible ? { left: termsOf(sides[0]), right: termsOf(sides[1]) } : undefined;
}

type Change = (side: LinearForm) => LinearForm;

function scaling(name: string, argument: string): Change | undefined {
  const number = parseRational(argument);
  if (!number || isZero(number)) return undefined;
  if (name === operations.multiply) return (side) => scale(side, number);
  if (name === operations.divide) return (side) => scale(side, divide(one, number));
  return undefined;
}

function shifting(name: string, argument: string): Change | undefined {
  const term = oneTerm(argument);
  if (!term) return undefined;
  if (name === operations.add) return (side) => plus(side, term);
  if (name === operations.subtract) return (side) => plus(side, opposite(term));
  return undefined;
}

/** The operand of a move: "7", "-7/3", "2x". Undefined for any other text. */
function oneTerm(text: string): LinearForm | undefined {
  if (!/^-?(\d{1,12}x?|x)(\/0*[1-9]\d{0,11})?$/.test(text)) return undefined;
  return linearForm(parseSide(text));
}

/**
 * The moves still needed until one side is x and the other a number, without `state_answer`.
 *
 *     simplify if not simplified · one if x stands on both sides · one if a constant stands beside x · one if x ≠ 1x
 */
export function movesLeft(equation: Equation): number {
  if (!isSimplified(equation)) return 1 + movesLeft(simplified(equation));
  const [left, right] = [linearForm(equation.left), linearForm(equation.right)];
  if (!isZero(left.coefficient) && !isZero(right.coefficient)) {
    return (
      1 + Math.min(...bothSidesMoves(equation).map((move) => movesLeft(applyMove(equation, move)!)))
    );
  }
  const side = isZero(left.coefficient) ? right : left;
  return (isZero(side.constant) ? 0 : 1) + (isEqual(side.coefficient, one) ? 0 : 1);
}

/** The moves after which fewer moves are left. The first is the one that the expert makes. */
export function usefulMoves(equation: Equation): readonly Action[] {
  const needed = movesLeft(equation);
  if (needed === 0) return [];
  if (!isSimplified(equation)) return [{ name: operations.simplify }];
  return [...bothSidesMoves(equation), ...oneSideMoves(equation)].filter((move) => {
    const next = applyMove(equation, move);
    return next !== undefined && movesLeft(next) < needed;
  });
}

/** Subtracts the x term of one side from both sides; the first move that of the right side. */
function bothSidesMoves({ left, right }: Equation): readonly Action[] {
  const coefficients = [linearForm(right).coefficient, linearForm(left).coefficient];
  if (coefficients.some(isZero)) return [];
  return coefficients.map((coefficient) => takeAway({ coefficient, constant: zero }));
}

function oneSideMoves({ left, right }: Equation): readonly Action[] {
  return [linearForm(left), linearForm(right)].flatMap((side) => {
    if (isZero(side.coefficient) || isPlainX(side)) return [];
    const constant = { coefficient: zero, constant: side.constant };
    return [
      ...(isZero(side.constant) ? [] : [takeAway(constant)]),
      ...(isEqual(side.coefficient, one) ? [] : undoFactor(side.coefficient)),
    ];
  });
}

/** The move that removes a term from both sides: "subtract_terms 7" for 7, "add_terms 7" for −7. */
function takeAway(term: LinearForm): Action {
  const value = isZero(term.coefficient) ? term.constant : term.coefficient;
  const isNegative = sign(value) < 0;
  const positive = isNegative ? opposite(term) : term;
  return {
    name: isNegative ? operations.add : operations.subtract,
    argument: formatSide(termsOf(positive)),
  };
}

/** The moves that make a coefficient 1: divide by a whole number, multiply by 4 for x/4, either of them for 3x/4. */
function undoFactor(factor: Rational): readonly Action[] {
  const dividing: Action = { name: operations.divide, argument: formatRational(factor) };
  const inverse = divide(one, factor);
  const multiplying: Action = { name: operations.multiply, argument: formatRational(inverse) };
  if (factor.denominator === 1n && !isEqual(absolute(factor), one)) return [dividing];
  return isEqual(absolute(rational(factor.numerator)), one)
    ? [multiplying]
    : [dividing, multiplying];
}
