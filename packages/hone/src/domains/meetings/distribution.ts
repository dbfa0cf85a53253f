/** Distributions over a few values, as lists of values with their probabilities. */
import type { Random } from "../../core/random.ts";

/** Values with their probabilities, which sum to 1. */
export type Distribution<Value> = readonly (readonly [Value, number])[];

/** One value, for sure. */
export const certain = <Value>(value: Value): Distribution<Value> => [[value, 1]];

/** Pairs of values that do not depend on each other. */
export const product = <A, B>(
  first: Distribution<A>,
  second: Distribution<B>,
): Distribution<readonly [A, B]> =>
  first.flatMap(([x, p]) => second.map(([y, q]) => [[x, y], p * q] as const));

/** The sum of two numbers that do not depend on each other. */
export const sums = (
  first: Distribution<number>,
  second: Distribution<number>,
): Distribution<number> => merged(product(first, second).map(([[x, y], p]) => [x + y, p]));

/** Equal values once, with the sum of their probabilities. */
export function merged<Value>(values: Distribution<Value>): Distribution<Value> {
  const byValue = new Map<Value, number>();
  for (const [value, p] of values) byValue.set(value, (byValue.get(value) ?? 0) + p);
  return [...byValue];
}

/** A value drawn from a distribution. */
export function drawOf<Value>(random: Random, distribution: Distribution<Value>): Value {
  let left = random.uniform();
  for (const [value, probability] of distribution) {
    left -= probability;
    if (left < 0) return value;
  }
  return distribution.at(-1)![0];
}
