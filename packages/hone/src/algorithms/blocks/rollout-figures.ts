/** Numbers of a step's rollouts that methods of every kind report by the same names. */
import type { Turn } from "../../core/rollout.ts";
import { meanOf } from "./sums.ts";

/** The share of rollouts in which a reply ended at the token limit; 0 without rollouts. */
export const truncatedShare = (
  rollouts: readonly { readonly turns: readonly Pick<Turn, "stopReason">[] }[],
): number =>
  meanOf(
    rollouts.map(({ turns }) => (turns.some(({ stopReason }) => stopReason === "length") ? 1 : 0)),
  );

/**
 * The share of groups in which all rewards are equal, among those with at least two.
 * @param groups  the rewards of each group
 * @returns undefined where no group has two rewards, so that nothing can be compared
 * @example equalRewardsShare([[1, 1], [0, 1]]); // 0.5
 */
export function equalRewardsShare(groups: readonly (readonly number[])[]): number | undefined {
  const comparable = groups.filter((rewards) => rewards.length > 1);
  if (comparable.length === 0) return undefined;
  return meanOf(
    comparable.map((rewards) => (rewards.every((reward) => reward === rewards[0]) ? 1 : 0)),
  );
}

/** The mean of numbers, and their deviation: the root of the mean squared distance from it. Both 0 without numbers. */
export function meanAndDeviation(values: readonly number[]): {
  readonly mean: number;
  readonly deviation: number;
} {
  const mean = meanOf(values);
  return { mean, deviation: Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))) };
}
