/** How far the trainer's log-probs of sampled tokens are from those that the sampler gave them. */
import type { PolicyRow } from "./policy-loss.ts";

/**
 * Of rows before any update on their batch: |log π_trainer(o_t) − log π_sampled(o_t)| over the sampled tokens, in nats.
 * Two programs that compute the same policy differ by rounding only; more than that makes ratios that no update made.
 *
 * @param logProbs        per row [T]: the trainer's, of the targets
 * @param weightsVersion  only rows that these weights sampled are measured: others differ from the trainer by what was learned since
 * @returns mismatch_mean and mismatch_max; neither where these weights sampled no token
 */
export function samplerMismatch(
  rows: readonly PolicyRow[],
  logProbs: readonly Float32Array[],
  weightsVersion: string,
): Readonly<Record<string, number>> {
  let [sum, largest, tokens] = [0, 0, 0];
  rows.forEach(({ datum: { mask, samplingLogProbs }, weightsVersion: own }, i) => {
    if (own !== weightsVersion) return;
    mask!.forEach((isSampled, t) => {
      if (isSampled === 0) return;
      const gap = Math.abs(logProbs[i]![t]! - samplingLogProbs![t]!);
      sum += gap;
      largest = Math.max(largest, gap);
      tokens++;
    });
  });
  return tokens === 0 ? {} : { mismatch_mean: sum / tokens, mismatch_max: largest };
}
