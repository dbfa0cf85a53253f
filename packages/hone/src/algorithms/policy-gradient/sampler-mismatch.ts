/** How far the trainer's log-probs of sampled tokens are from those that the sampler gave them. */
import type { PolicyRow } from "./policy-loss.ts";

/**
 * Of rows before any update on their batch: |log π_trainer(o_t) − log π_sampled(o_t)| over the sampled tokens, in nats.
 * Two programs that compute the same policy differ by rounding only; more than that makes ratios that no update made.
 *
 * @param logProbs  per row [T]: the trainer's, of the targets
 * @returns mismatch_mean and mismatch_max; 0 without a sampled token
 */
export function samplerMismatch(
  rows: readonly PolicyRow[],
  logProbs: readonly Float32Array[],
): Readonly<Record<"mismatch_mean" | "mismatch_max", number>> {
  let [sum, largest, tokens] = [0, 0, 0];
  rows.forEach(({ datum: { mask, samplingLogProbs } }, i) =>
    mask!.forEach((isSampled, t) => {
      if (isSampled === 0) return;
      const gap = Math.abs(logProbs[i]![t]! - samplingLogProbs![t]!);
      sum += gap;
      largest = Math.max(largest, gap);
      tokens++;
    }),
  );
  return { mismatch_mean: sum / Math.max(1, tokens), mismatch_max: largest };
}
