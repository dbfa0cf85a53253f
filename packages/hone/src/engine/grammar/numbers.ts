/** Numbers as JSON writes them, also within bounds, as expressions. */
import {
  choice,
  codePoint,
  empty,
  type Expression,
  literal,
  nothing,
  optional,
  repeat,
  sequence,
} from "./expression.ts";

const digits = (from: number, to: number): Expression => codePoint([[0x30 + from, 0x30 + to]]);
const digit = digits(0, 9);

/** Whole numbers have 15 digits at most, which a double holds exactly. */
const MAX_WHOLE = 999_999_999_999_999;
const fraction = sequence(literal("."), repeat(digit, 1, 30));
const exponent = sequence(
  codePoint([
    [0x45, 0x45],
    [0x65, 0x65],
  ]),
  optional(
    codePoint([
      [0x2b, 0x2b],
      [0x2d, 0x2d],
    ]),
  ),
  repeat(digit, 1, 2),
);

/** A number without bounds: 30 digits before and behind the point and two of the exponent at most. */
export const anyNumber = sequence(
  optional(literal("-")),
  choice([literal("0"), sequence(digits(1, 9), repeat(digit, 0, 29))]),
  optional(fraction),
  optional(exponent),
);

/** Bounds of a number: whole numbers or infinite, and part of what they bound unless they are excluded. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly isLowExcluded?: boolean;
  readonly isHighExcluded?: boolean;
}

/** Whole numbers from the smallest to the largest, both included. */
export function wholeNumber(low: number, high: number): Expression {
  const from = Math.max(Math.ceil(low), -MAX_WHOLE);
  const to = Math.min(Math.floor(high), MAX_WHOLE);
  return choice([
    ...(from < 0 ? [sequence(literal("-"), natural(Math.max(1, -to), -from))] : []),
    ...(to >= 0 ? [natural(Math.max(0, from), to)] : []),
  ]);
}

/** Numbers between whole bounds, without exponents. */
export function numberWithin(bounds: Bounds): Expression {
  const { low, high, isLowExcluded = false, isHighExcluded = false } = bounds;
  const positive = magnitude({
    low: Math.max(low, 0),
    high,
    isHighExcluded,
    isLowExcluded: isLowExcluded && low >= 0,
  });
  const negative = magnitude({
    low: Math.max(-high, 0),
    high: -low,
    isLowExcluded: isHighExcluded || high >= 0,
    isHighExcluded: isLowExcluded,
  });
  return choice([
    ...(low < 0 ? [sequence(literal("-"), negative)] : []),
    ...(high >= 0 ? [positive] : []),
  ]);
}

/** Numbers of at least 0 between whole bounds: by the digits before the point, and what may follow them. */
function magnitude({ low, high, isLowExcluded, isHighExcluded }: Bounds): Expression {
  const top = Math.min(high, MAX_WHOLE);
  if (low > top) return nothing;
  const zeros = optional(sequence(literal("."), repeat(literal("0"), 1, 30)));
  const aboveZero = sequence(
    literal("."),
    repeat(literal("0"), 0, 15),
    digits(1, 9),
    repeat(digit, 0, 14),
  );
  const isSingle = low === top;
  const atLow = isLowExcluded === true ? aboveZero : optional(fraction);
  const options: Expression[] = [];
  if (!isSingle) options.push(sequence(natural(low, low), atLow));
  if (low + 1 <= top - 1) options.push(sequence(natural(low + 1, top - 1), optional(fraction)));
  const isTopIn = isHighExcluded !== true && !(isSingle && isLowExcluded === true);
  if (isTopIn) options.push(sequence(natural(top, top), zeros));
  return choice(options);
}

/** Whole numbers of at least 0, between two, without zeros before them. */
function natural(low: number, high: number): Expression {
  if (low > high) return nothing;
  const [from, to] = [String(low), String(high)];
  if (from.length === to.length) return sameLength(from, to);
  const options: Expression[] = [];
  for (let length = from.length; length <= to.length; length++) {
    const first = length === from.length ? from : `1${"0".repeat(length - 1)}`;
    const last = length === to.length ? to : "9".repeat(length);
    options.push(sameLength(first, last));
  }
  return choice(options);
}

/** Digit strings of one length between two. */
function sameLength(low: string, high: string): Expression {
  if (low === "") return empty;
  const rest = low.length - 1;
  const [first, last] = [Number(low[0]), Number(high[0])];
  const any = repeat(digit, rest, rest);
  const isLowWhole = /^.0*$/.test(low);
  const isHighWhole = /^.9*$/.test(high);
  if (isLowWhole && isHighWhole) return sequence(digits(first, last), any);
  if (first === last)
    return sequence(digits(first, first), sameLength(low.slice(1), high.slice(1)));
  const from = isLowWhole ? first : first + 1;
  const to = isHighWhole ? last : last - 1;
  const lowRest = sameLength(low.slice(1), "9".repeat(rest));
  const highRest = sameLength("0".repeat(rest), high.slice(1));
  return choice([
    ...(isLowWhole ? [] : [sequence(digits(first, first), lowRest)]),
    ...(from > to ? [] : [sequence(digits(from, to), any)]),
    ...(isHighWhole ? [] : [sequence(digits(last, last), highRest)]),
  ]);
}
