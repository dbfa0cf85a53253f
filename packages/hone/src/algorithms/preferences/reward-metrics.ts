/** What methods on pairs report of the rewards that a model gives to the two answers of each pair. */
import { meanOf } from "../blocks/sums.ts";

/**
 * Means of both rewards and of their difference, and the share of pairs whose chosen answer has the larger one.
 * @param pairs  a batch's, at least one
 * @example rewardMetrics([{ chosen: 2, rejected: 1 }])["reward_margin"] // 1
 */
export function rewardMetrics(
  pairs: readonly { readonly chosen: number; readonly rejected: number }[],
): Readonly<Record<string, number>> {
  const chosen = meanOf(pairs.map((pair) => pair.chosen));
  const rejected = meanOf(pairs.map((pair) => pair.rejected));
  const preferred = pairs.filter((pair) => pair.chosen > pair.rejected).length;
  return {
    reward_chosen: chosen,
    reward_rejected: rejected,
    reward_margin: chosen - rejected,
    reward_accuracy: preferred / pairs.length,
  };
}
