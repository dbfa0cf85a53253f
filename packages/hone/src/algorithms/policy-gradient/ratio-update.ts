/** The gradient of a loss of ratio-losses.ts with an optional KL term, on any training client. */
import type { Datum, TrainingClient } from "../../ports/training-client.ts";
import { klDerivative, klEstimate } from "../blocks/kl.ts";
import { addLogProbLoss, type LogProbLoss } from "../blocks/log-prob-loss.ts";
import { sumOf } from "../blocks/sums.ts";
import type { PolicyGradient, PolicyLoss, PolicyRow } from "./policy-loss.ts";
import { ratioLosses, type RatioLossName } from "./ratio-losses.ts";

/** A loss of ratio-losses.ts: a forward pass, then the closed form of each answer as weights of cross entropy. */
export async function addRatioLoss(
  training: TrainingClient,
  rows: readonly PolicyRow[],
  policyLoss: PolicyLoss,
): Promise<PolicyGradient> {
  let metrics: Readonly<Record<string, number>> = {};
  const data = rows.map(({ datum }) => ({ ...datum, weights: datum.mask! }));
  const { loss } = await addLogProbLoss(training, data, {
    where: "computing the policy loss",
    loss: (logProbs) => {
      const { metrics: measured, ...result } = ratioLoss(rows, logProbs, policyLoss);
      metrics = measured;
      return result;
    },
  });
  return { loss, metrics };
}

/**
 * Value, derivatives and metrics of a loss of ratio-losses.ts with its KL term, at log-probs per row [T]. "ratio_mean", "ratio_max" and
 * "clip_fraction" are of the ratios that the loss has, so those of whole answers in GSPO, RLOO and GMPO; "kl_old" is of tokens.
 */
export function ratioLoss(
  rows: readonly PolicyRow[],
  logProbs: readonly ArrayLike<number>[],
  { loss, kl, ...bounds }: PolicyLoss,
): LogProbLoss & { readonly metrics: Readonly<Record<string, number>> } {
  const derivatives = rows.map(({ datum }) => new Float64Array(datum.tokens.length));
  const sums = { value: 0, tokens: 0, ratios: 0, largest: 0, clipped: 0, old: 0, kl: 0 };
  const indices = Map.groupBy(rows.keys(), (i) => rows[i]!.answer);
  for (const answer of indices.values()) {
    const places = answer.flatMap((i) => sampledPlaces(rows[i]!.datum).map((t) => [i, t] as const));
    const tokens = {
      logProbs: places.map(([i, t]) => logProbs[i]![t]!),
      samplingLogProbs: places.map(([i, t]) => rows[i]!.datum.samplingLogProbs![t]!),
      advantages: places.map(([i, t]) => rows[i]!.datum.advantages![t]!),
    };
    const term = ratioLosses[loss as RatioLossName](tokens, bounds);
    sums.value += term.value;
    sums.tokens += places.length;
    sums.ratios += sumOf(term.ratios);
    sums.largest = term.ratios.reduce((a, b) => Math.max(a, b), sums.largest);
    sums.clipped += term.clipped;
    places.forEach(([i, t], k) => {
      derivatives[i]![t]! += term.derivatives[k]!;
      // ρ − 1 − ln ρ, as clients that compute the loss themselves report it.
      sums.old += klEstimate("k3", tokens.samplingLogProbs[k]!, tokens.logProbs[k]!);
      if (kl === undefined || kl.coefficient === 0) return;
      const { weight, datum } = rows[i]!;
      const pair = [tokens.logProbs[k]!, datum.referenceLogProbs![t]!] as const;
      sums.kl += klEstimate("k3", ...pair);
      sums.value += kl.coefficient * weight * klEstimate(kl.estimator, ...pair);
      derivatives[i]![t]! += kl.coefficient * weight * klDerivative(kl.estimator, ...pair);
    });
  }
  const mean = (total: number): number => total / Math.max(1, sums.tokens);
  return {
    value: sums.value,
    derivatives,
    metrics: {
      tokens: sums.tokens,
      ratio_mean: mean(sums.ratios),
      ratio_max: sums.largest,
      clip_fraction: mean(sums.clipped),
      kl_old: mean(sums.old),
      ...(kl === undefined || kl.coefficient === 0 ? {} : { kl: mean(sums.kl) }),
    },
  };
}

/** The positions of a datum whose targets were sampled. */
const sampledPlaces = ({ mask }: Datum): number[] =>
  [...mask!.keys()].filter((t) => mask![t] !== 0);
