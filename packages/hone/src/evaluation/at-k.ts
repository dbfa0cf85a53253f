/** What k tries at a task are worth: whether one of them succeeds (pass@k), and the reward of the best (best-of-n). */
import { HoneError } from "../core/errors.ts";
import { bootstrapMean, type Interval } from "./intervals.ts";

/** A measure of k tries: the mean over tasks, with a bootstrap interval over tasks. */
export interface AtK extends Interval {
  /** The number of tries. */
  readonly k: number;
  /** Tasks that it is the mean of: those with at least k tries that count. */
  readonly taskCount: number;
}

/**
 * The probability that at least one of k tries succeeds, from n tries of which c did: the unbiased estimator
 *
 *     pass@k = 1 − C(n−c, k) / C(n, k) = 1 − ∏ (1 − k/i)        i from n−c+1 to n
 *
 * @throws OPTION_INVALID unless 0 ≤ c ≤ n and 1 ≤ k ≤ n
 * @source Chen et al. 2021, Evaluating Large Language Models Trained on Code (arXiv:2107.03374), equation 1
 * @example passAt({ tries: 5, successes: 2, k: 3 }); // 0.9
 */
export function passAt({ tries: n, successes: c, k }: PassAtOptions): number {
  checkCount("passAt", "successes", c, { min: 0, max: n });
  checkCount("passAt", "k", k, { min: 1, max: n });
  if (n - c < k) return 1;
  let missed = 1;
  for (let i = n - c + 1; i <= n; i++) missed *= 1 - k / i;
  return 1 - missed;
}

/** The counts that `passAt` is given. */
export interface PassAtOptions {
  /** Tries at the task, n. */
  readonly tries: number;
  /** How many of them succeeded, c. */
  readonly successes: number;
  /** Tries that one success is enough of, k. */
  readonly k: number;
}

/**
 * The expected reward of the best of k tries, from the rewards of n: the mean of the largest over all subsets of k, unbiased.
 * With rewards r₍₁₎ ≤ … ≤ r₍ₙ₎
 *
 *     best-of-k = Σ r₍ᵢ₎ · C(i−1, k−1) / C(n, k)        i from k to n
 *
 * With rewards of 0 and 1 it is pass@k.
 * @throws OPTION_INVALID unless 1 ≤ k ≤ n
 * @example bestAt([0.5, -1, 2, 3.5, 2], 2); // 2.45
 */
export function bestAt(rewards: readonly number[], k: number): number {
  const n = rewards.length;
  checkCount("bestAt", "k", k, { min: 1, max: n });
  const sorted = rewards.toSorted((a, b) => a - b);
  // The weight of the largest is k / n; each smaller one's follows from C(i−1, k−1) = C(i, k−1) · (i−k+1) / i.
  let weight = k / n;
  let best = 0;
  for (let i = n; i >= k; i--) {
    best += sorted[i - 1]! * weight;
    weight *= (i - k) / (i - 1 || 1);
  }
  return best;
}

/** The tries at one task. */
export interface TaskTries {
  /** Tries, failed ones included, which are no success. */
  readonly tries: number;
  readonly successes: number;
  /** The rewards of those that were scored. */
  readonly rewards: readonly number[];
}

/** pass@k over tasks, for k = 1, 2, 4, … below the tries of a task, and all of them; empty where a task is tried once. */
export const passAtK = (tasks: readonly TaskTries[], seed: number): readonly AtK[] =>
  ladder(tasks).flatMap((k) =>
    meanAt(
      k,
      tasks.map((task) => passAt({ ...task, k })),
      seed,
    ),
  );

/** best-of-n over tasks for the same k; a task with fewer than k scored tries is left out. */
export const bestOfN = (tasks: readonly TaskTries[], seed: number): readonly AtK[] =>
  ladder(tasks).flatMap((k) => {
    const enough = tasks.filter(({ rewards }) => rewards.length >= k);
    return meanAt(
      k,
      enough.map(({ rewards }) => bestAt(rewards, k)),
      seed,
    );
  });

function meanAt(k: number, values: readonly number[], seed: number): readonly AtK[] {
  if (values.length === 0) return [];
  return [{ k, taskCount: values.length, ...bootstrapMean(values, { seed }) }];
}

function ladder(tasks: readonly TaskTries[]): readonly number[] {
  const most = Math.min(...tasks.map(({ tries }) => tries));
  if (most < 2) return [];
  const powers = Array.from({ length: 1 + Math.floor(Math.log2(most)) }, (_, i) => 2 ** i);
  return [...new Set([...powers, most])];
}

function checkCount(
  where: string,
  option: string,
  value: number,
  { min, max }: { readonly min: number; readonly max: number },
): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  const expected = `a whole number from ${min} to ${max}`;
  throw new HoneError("OPTION_INVALID", { where, option, got: String(value), expected });
}
