/**
 * Overlong filtering: the loss of answers that the token limit cut off is masked, since a good beginning says little of the reward that
 * its end would have earned.
 *
 * As in TRL (`mask_truncated_completions`), such an answer still counts where rewards are compared (the means and deviations of its
 * group and of the batch), and among the N answers that "grpo", "dr_grpo" and "sum" divide by; its tokens do not count among those that
 * "dapo" and "bnpo" divide by. It pays no KL, and PPO's critic does not learn from it.
 *
 * @source Yu et al. 2025, DAPO §3.4 (arXiv:2503.14476)
 */
import type { Advantage, Answer, RolloutBatch, ScoredBatch } from "./scored-answers.ts";

/** Whether some reply of an answer ended at the token limit, as `truncated_share` counts them. */
export const isTruncated = ({ rollout }: Pick<Answer, "rollout">): boolean =>
  rollout.turns.some(({ stopReason }) => stopReason === "length");

/** The advantages of a batch, 0 for truncated answers, so that a group in which only these differ counts as one without signal. */
export const maskedAdvantages = (
  { answers }: RolloutBatch,
  advantages: readonly Advantage[],
): readonly Advantage[] =>
  advantages.map((advantage, i) => (isTruncated(answers[i]!) ? 0 : advantage));

/** The batch as it is learned from: truncated answers have no tokens. */
export const withoutTruncatedRows = (batch: ScoredBatch): ScoredBatch => ({
  ...batch,
  answers: batch.answers.map((answer) =>
    isTruncated(answer) ? { ...answer, rows: [], length: 0 } : answer,
  ),
});
