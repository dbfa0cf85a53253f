/** A mean over seeds with its interval. */
import type { Interval } from "../../../packages/hone/src/evaluation/intervals.ts";

/** The 97.5 % points of Student's t by degrees of freedom, from 1. */
const points = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262] as const;

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Student's 95 % interval of the mean: mean ± t·s/√n. One value has no interval: its ends are NaN.
 * @param values  [n] one for each seed, at most 10
 */
export function overSeeds(values: readonly number[]): Interval {
  const value = meanOf(values);
  const freedom = values.length - 1;
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / freedom;
  const half = (points[freedom - 1] ?? Number.NaN) * Math.sqrt(variance / values.length);
  return { value, low: value - half, high: value + half };
}
