/** Metrics of a policy loss: how far the ratios went, how many were clipped, how far the policy is from its reference. */
import type { LossConfig, LossName } from "../../ports/training-client.ts";
import { columnValue } from "./losses.ts";
import type { TrainingRow } from "./rows.ts";

/**
 * Means over the tokens that count: "ratio_mean", "ratio_max", "clip_fraction" (share outside the thresholds, on the side
 * where clipping acts), "kl_old" = mean(ρ − 1 − ln ρ) ≥ 0 towards the policy sampled from, "kl" likewise towards the
 * reference; and "tokens".
 */
export function lossMetrics(
  rows: readonly TrainingRow[],
  logProbs: readonly Float32Array[],
  loss: LossName,
  config: LossConfig,
): Record<string, number> {
  const sums = { tokens: 0, ratio: 0, largest: 0, clipped: 0, old: 0, reference: 0 };
  const isPolicy = loss !== "cross_entropy" && loss !== "value";
  for (const { index, datum, entries } of rows) {
    for (const entry of entries) {
      sums.tokens++;
      if (!isPolicy) continue;
      const position = Math.floor(entry / (datum.targetsPerToken ?? 1));
      const logp = logProbs[index]![entry]!;
      const drift = logp - datum.samplingLogProbs![position]!;
      const ratio = Math.exp(drift);
      const advantage = datum.advantages![position]!;
      sums.ratio += ratio;
      sums.largest = Math.max(sums.largest, ratio);
      sums.old += ratio - 1 - drift;
      const isAbove = advantage > 0 && ratio > columnValue("clip_high", datum, position, config);
      const isBelow = advantage < 0 && ratio < columnValue("clip_low", datum, position, config);
      if (isAbove || isBelow) sums.clipped++;
      const reference = datum.referenceLogProbs?.[position];
      if (reference !== undefined)
        sums.reference += Math.exp(reference - logp) - 1 - (reference - logp);
    }
  }
  const { tokens } = sums;
  if (!isPolicy || tokens === 0) return { tokens };
  const metrics: Record<string, number> = {
    tokens,
    ratio_mean: sums.ratio / tokens,
    ratio_max: sums.largest,
    clip_fraction: sums.clipped / tokens,
    kl_old: sums.old / tokens,
  };
  if (rows.some((row) => row.datum.referenceLogProbs !== undefined))
    metrics["kl"] = sums.reference / tokens;
  return metrics;
}
