/** Metrics of a policy loss: how far the ratios went, how many were clipped, how far the policy is from its reference. */
import type { LossConfig, LossName } from "../../ports/training-client.ts";
import { columnValue } from "./losses.ts";
import type { TrainingRow } from "./rows.ts";

/**
 * Means over the tokens that count: "ratio_mean", "ratio_max"; "clip_fraction", the share outside the thresholds on the side where
 * clipping acts, and its parts "clip_fraction_low" and "clip_fraction_high"; "kl_old" = mean(ρ − 1 − ln ρ) ≥ 0 towards the policy
 * sampled from, and "kl_old_k1" = mean(−ln ρ); "kl" and "kl_k1" likewise towards the reference; and "tokens".
 */
export function lossMetrics(
  rows: readonly TrainingRow[],
  logProbs: readonly Float32Array[],
  loss: LossName,
  config: LossConfig,
): Record<string, number> {
  const sums = { tokens: 0, ratio: 0, largest: 0, low: 0, high: 0 };
  const kl = { old: 0, oldK1: 0, reference: 0, referenceK1: 0 };
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
      kl.old += Math.expm1(drift) - drift;
      kl.oldK1 -= drift;
      // CISPO holds the ratio's factor between the thresholds whatever the advantage's sign.
      const isEither = loss === "cispo" && advantage !== 0;
      if (ratio > columnValue("clip_high", datum, position, config)) {
        if (isEither || advantage > 0) sums.high++;
      } else if (ratio < columnValue("clip_low", datum, position, config)) {
        if (isEither || advantage < 0) sums.low++;
      }
      const reference = datum.referenceLogProbs?.[position];
      if (reference === undefined) continue;
      kl.reference += Math.expm1(reference - logp) - (reference - logp);
      kl.referenceK1 += logp - reference;
    }
  }
  const { tokens } = sums;
  if (!isPolicy || tokens === 0) return { tokens };
  const metrics: Record<string, number> = {
    tokens,
    ratio_mean: sums.ratio / tokens,
    ratio_max: sums.largest,
    clip_fraction: (sums.low + sums.high) / tokens,
    clip_fraction_low: sums.low / tokens,
    clip_fraction_high: sums.high / tokens,
    kl_old: kl.old / tokens,
    kl_old_k1: kl.oldK1 / tokens,
  };
  if (rows.some((row) => row.datum.referenceLogProbs !== undefined)) {
    metrics["kl"] = kl.reference / tokens;
    metrics["kl_k1"] = kl.referenceK1 / tokens;
  }
  return metrics;
}
