/** A mean over seeds with its interval. */
import { type Interval, studentMean } from "../../packages/hone/src/evaluation/intervals.ts";

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Student's 95 % interval of the mean. Fewer than three values have none, and its ends are NaN: two may be equal by chance.
 * @param values  [n] one for each seed
 */
export const overSeeds = (values: readonly number[]): Interval => widened(values, 1);

/** Where a further seed lies in 95 of 100 cases, by those there are: mean ± t·s·√(1 + 1/n), with the same exception. */
export const furtherSeed = (values: readonly number[]): Interval =>
  widened(values, Math.sqrt(values.length + 1));

function widened(values: readonly number[], factor: number): Interval {
  const { value, high } = studentMean(values);
  const half = values.length < 3 ? Number.NaN : factor * (high - value);
  return { value, low: value - half, high: value + half };
}
