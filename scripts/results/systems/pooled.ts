/** Results of several seeds as one. */
import { type Interval, wilson } from "../../../packages/hone/src/evaluation/intervals.ts";
import type { ResultRecord } from "../../../packages/hone/src/formats/result-format.ts";

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Wilson's 95 % interval over the held-out tasks of all seeds together, each seed with its own tasks. */
export function pooledSuccess(
  results: readonly ResultRecord[],
  when: "before" | "after",
): Interval {
  const done = sum(results.map((result) => result[when].success.value * result[when].tasks));
  return wilson(done, sum(results.map((result) => result[when].tasks)));
}

/**
 * The mean of the seeds' paired differences of success. Its interval is that of a mean of independent estimates, whose standard
 * errors are those of the seeds' own intervals: half = √(Σ half²) / n.
 */
export function pooledDifference(results: readonly ResultRecord[]): Interval {
  const differences = results.map(({ difference }) => difference.success);
  const value = sum(differences.map((one) => one.value)) / differences.length;
  const half =
    Math.sqrt(sum(differences.map(({ low, high }) => ((high - low) / 2) ** 2))) /
    differences.length;
  return { value, low: value - half, high: value + half };
}
