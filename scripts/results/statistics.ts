/** A mean over seeds with its interval. */
import type { Interval } from "../../packages/hone/src/evaluation/intervals.ts";

/** The 97.5 % points of Student's t by degrees of freedom, from 1. */
const points = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262] as const;

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Student's 95 % interval of the mean: mean ± t·s/√n. Fewer than three values have no interval, and its ends are NaN: two may be equal by chance.
 * @param values  [n] one for each seed, at most 10
 */
export const overSeeds = (values: readonly number[]): Interval =>
  around(values, Math.sqrt(1 / values.length));

/** Where a further seed lies in 95 of 100 cases, by those there are: mean ± t·s·√(1 + 1/n). */
export const furtherSeed = (values: readonly number[]): Interval =>
  around(values, Math.sqrt(1 + 1 / values.length));

function around(values: readonly number[], factor: number): Interval {
  const value = meanOf(values);
  const freedom = values.length - 1;
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / freedom;
  const half =
    (freedom < 2 ? Number.NaN : (points[freedom - 1] ?? Number.NaN)) * factor * Math.sqrt(variance);
  return { value, low: value - half, high: value + half };
}
