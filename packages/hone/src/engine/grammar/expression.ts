/**
 * Expressions over bytes, of which a form of texts is made: sequences, choices, repetitions, and rules, which may hold
 * themselves. `network.ts` makes a network of them that can be walked byte by byte.
 */

/** A set of byte strings. */
export type Expression =
  | { readonly kind: "byte"; readonly from: number; readonly to: number }
  | { readonly kind: "sequence"; readonly parts: readonly Expression[] }
  /** One of several; without any, no text at all. */
  | { readonly kind: "choice"; readonly options: readonly Expression[] }
  | {
      readonly kind: "repeat";
      readonly part: Expression;
      readonly min: number;
      readonly max: number;
    }
  | { readonly kind: "rule"; readonly rule: Rule };

/** A named expression, so that it is in the network once and can hold itself. Its body is set after it was made. */
export interface Rule {
  body: Expression;
}

/** Code points from the first to the second, both included. */
export type CodePoints = readonly (readonly [number, number])[];

export const sequence = (...parts: readonly Expression[]): Expression => ({
  kind: "sequence",
  parts,
});
export const choice = (options: readonly Expression[]): Expression =>
  options.length === 1 ? options[0]! : { kind: "choice", options };
export const repeat = (part: Expression, min: number, max: number = Infinity): Expression => ({
  kind: "repeat",
  part,
  min,
  max,
});
export const optional = (part: Expression): Expression => repeat(part, 0, 1);
export const empty: Expression = sequence();
export const nothing: Expression = choice([]);
export const ruleOf = (body: Expression = nothing): Expression & { readonly kind: "rule" } => ({
  kind: "rule",
  rule: { body },
});

const byte = (from: number, to: number = from): Expression => ({ kind: "byte", from, to });

/** The bytes of one text in UTF-8. */
export const literal = (text: string): Expression =>
  sequence(...Array.from(Buffer.from(text), (one) => byte(one)));

/** First code points that take two, three and four bytes in UTF-8, and the end. */
const LENGTHS = [0, 0x80, 0x800, 0x10000, 0x110000];

/** One code point of a set, in UTF-8. Halves of surrogate pairs, which UTF-8 has no bytes for, are left out. */
export function codePoint(set: CodePoints): Expression {
  const whole = withoutRange(set, 0xd800, 0xdfff);
  const options = whole.flatMap(([from, to]) =>
    LENGTHS.slice(1).flatMap((end, i) => {
      const [low, high] = [Math.max(from, LENGTHS[i]!), Math.min(to, end - 1)];
      return low > high ? [] : byteRanges(encoded(low), encoded(high));
    }),
  );
  return choice(options);
}

const encoded = (point: number): number[] => [...Buffer.from(String.fromCodePoint(point))];

/** All byte strings of one length between two that begin and go on as UTF-8 does. */
function byteRanges(low: readonly number[], high: readonly number[]): Expression[] {
  const [first, ...lowRest] = low as [number, ...number[]];
  const [last, ...highRest] = high as [number, ...number[]];
  if (lowRest.length === 0) return [byte(first, last)];
  const then = (head: number, from: readonly number[], to: readonly number[]): Expression[] =>
    byteRanges(from, to).map((rest) => sequence(byte(head), rest));
  if (first === last) return then(first, lowRest, highRest);
  const lowest = lowRest.map(() => 0x80);
  const highest = lowRest.map(() => 0xbf);
  const startsWhole = lowRest.every((one) => one === 0x80);
  const endsWhole = highRest.every((one) => one === 0xbf);
  const from = startsWhole ? first : first + 1;
  const to = endsWhole ? last : last - 1;
  const tails = lowRest.map(() => byte(0x80, 0xbf));
  return [
    ...(startsWhole ? [] : then(first, lowRest, highest)),
    ...(from > to ? [] : [sequence(byte(from, to), ...tails)]),
    ...(endsWhole ? [] : then(last, lowest, highRest)),
  ];
}

/** A set without the code points of a range. */
const withoutRange = (set: CodePoints, from: number, to: number): CodePoints =>
  set.flatMap(([low, high]) => {
    const parts: readonly (readonly [number, number])[] = [
      [low, Math.min(high, from - 1)],
      [Math.max(low, to + 1), high],
    ];
    return parts.filter(([a, b]) => a <= b);
  });

/** What of one set is not in another. */
export const without = (set: CodePoints, other: CodePoints): CodePoints =>
  other.reduce((left, [from, to]) => withoutRange(left, from, to), set);

export const allCodePoints: CodePoints = [[0, 0x10ffff]];
