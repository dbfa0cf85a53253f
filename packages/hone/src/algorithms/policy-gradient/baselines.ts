/** Baselines: what a reward is compared with, and the scale of what is left. */
import { hasSignal } from "../blocks/advantages.ts";
import { meanOf, sumOf } from "../blocks/sums.ts";

/**
 * [N] each reward minus the mean of the others of its group; 0 in a group whose rewards are all equal, or that has one.
 * @param groups  [N] equal values form one group
 * @example leaveOneOut([1, 0, 0], ["a", "a", "a"]); // [1, -0.5, -0.5]
 */
export function leaveOneOut(rewards: readonly number[], groups: readonly string[]): number[] {
  const members = Map.groupBy(rewards.keys(), (i) => groups[i]!);
  const advantages = rewards.map(() => 0);
  for (const indices of members.values()) {
    const own = indices.map((i) => rewards[i]!);
    // Rounding would leave 1e-17 where there is no preference.
    if (!hasSignal(own)) continue;
    const total = sumOf(own);
    indices.forEach((i, k) => {
      advantages[i] = own[k]! - (total - own[k]!) / (own.length - 1);
    });
  }
  return advantages;
}

/** [N] each reward minus the mean of all; 0 where all are equal. */
export function centred(rewards: readonly number[]): number[] {
  if (!hasSignal(rewards)) return rewards.map(() => 0);
  const mean = meanOf(rewards);
  return rewards.map((reward) => reward - mean);
}

/** [N] (A − mean) / (std + 1e-4) with n − 1 in the deviation, as TRL normalises over a batch; 0 where all are equal. */
export function standardized(advantages: readonly number[]): number[] {
  const differences = centred(advantages);
  const squares = sumOf(differences.map((difference) => difference ** 2));
  const std = Math.sqrt(squares / Math.max(1, differences.length - 1));
  return differences.map((difference) => difference / (std + 1e-4));
}
