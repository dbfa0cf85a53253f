/**
 * Exact fractions of whole numbers, always in lowest terms with a positive denominator.
 *
 * Whole numbers are bigints, so no step of an equation ever rounds. Plain data and functions.
 */
import { HoneError } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";

/** A fraction in lowest terms. */
export interface Rational {
  readonly numerator: bigint;
  /** At least 1. */
  readonly denominator: bigint;
}

/** Digits that `parseRational` reads: more than any equation of the domain needs. A model's reply may have any number. */
const limit = 10n ** 12n;

/** True for numbers that `parseRational` reads: numerator and denominator have at most 12 digits. */
export const isReadable = ({ numerator, denominator }: Rational): boolean =>
  -limit < numerator && numerator < limit && denominator < limit;

/**
 * The fraction numerator / denominator in lowest terms.
 * @throws OPTION_INVALID when the denominator is 0 or a number is not whole
 * @example rational(6, -4); // { numerator: -3n, denominator: 2n }
 */
export function rational(numerator: bigint | number, denominator: bigint | number = 1n): Rational {
  const n = whole("numerator", numerator);
  const d = whole("denominator", denominator);
  if (d === 0n) {
    throw new HoneError("OPTION_INVALID", {
      where: "rational",
      option: "denominator",
      got: "0",
      expected: "a whole number other than 0",
    });
  }
  const divisor = greatestCommonDivisor(n, d) * (d < 0n ? -1n : 1n);
  return Object.freeze({ numerator: n / divisor, denominator: d / divisor });
}

export const zero = rational(0);
export const one = rational(1);

export const add = (a: Rational, b: Rational): Rational =>
  rational(
    a.numerator * b.denominator + b.numerator * a.denominator,
    a.denominator * b.denominator,
  );

export const negate = (a: Rational): Rational => rational(-a.numerator, a.denominator);

export const subtract = (a: Rational, b: Rational): Rational => add(a, negate(b));

export const multiply = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.numerator, a.denominator * b.denominator);

/** @throws OPTION_INVALID when `b` is 0 */
export const divide = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.denominator, a.denominator * b.numerator);

export const isZero = (a: Rational): boolean => a.numerator === 0n;

export const isEqual = (a: Rational, b: Rational): boolean =>
  a.numerator === b.numerator && a.denominator === b.denominator;

/** The sign: −1, 0 or 1. */
export const sign = (a: Rational): number => (a.numerator < 0n ? -1 : a.numerator > 0n ? 1 : 0);

export const absolute = (a: Rational): Rational => (sign(a) < 0 ? negate(a) : a);

/** The text of a number: "-7", "7/3". */
export const formatRational = (a: Rational): string =>
  a.denominator === 1n ? `${a.numerator}` : `${a.numerator}/${a.denominator}`;

/** Reads "-7", "7/3", "14/6". Undefined for any other text, a denominator of 0, or more than 12 digits. */
export function parseRational(text: string): Rational | undefined {
  const match = /^(-?\d{1,12})(?:\/(\d{1,12}))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, top = "", bottom = "1"] = match;
  if (BigInt(bottom) === 0n) return undefined;
  return rational(BigInt(top), BigInt(bottom));
}

function whole(option: string, value: bigint | number): bigint {
  if (typeof value === "bigint") return value;
  return BigInt(optionChecks("rational").whole(option, value));
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
