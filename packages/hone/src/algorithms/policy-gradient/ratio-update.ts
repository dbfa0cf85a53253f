/** The gradient of a loss of ratio-losses.ts with an optional KL term, on any training client. */
import type { TrainingClient } from "../../ports/training-client.ts";
import { klDerivative, klEstimate, klMetrics } from "../blocks/kl.ts";
import { addLogProbLoss, type LogProbLoss } from "../blocks/log-prob-loss.ts";
import { sumOf } from "../blocks/sums.ts";
import type { PolicyGradient, PolicyLoss, PolicyRow } from "./policy-loss.ts";
import { type AnswerTokens, ratioLosses, type RatioLossName } from "./ratio-losses.ts";

/** A loss of ratio-losses.ts: a forward pass, then the closed form of each answer as weights of cross entropy. */
export async function addRatioLoss(
  training: TrainingClient,
  rows: readonly PolicyRow[],
  policyLoss: PolicyLoss,
): Promise<PolicyGradient> {
  let metrics: Readonly<Record<string, number>> = {};
  const data = rows.map(({ datum }) => ({ ...datum, weights: datum.mask! }));
  const { loss, logProbs } = await addLogProbLoss(training, data, {
    where: "computing the policy loss",
    groups: [...answersOf(rows)],
    loss: (found) => {
      const { metrics: measured, ...result } = ratioLoss(rows, found, policyLoss);
      metrics = measured;
      return result;
    },
  });
  return { loss, metrics, logProbs };
}

interface MeasuredLoss extends LogProbLoss {
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Value, derivatives and metrics of a loss of ratio-losses.ts with its KL term, at log-probs per row [T]. "ratio_mean", "ratio_max" and
 * the clip fractions are of the ratios that the loss has, so those of whole answers in GSPO, RLOO and GMPO; the KLs are of tokens.
 */
function ratioLoss(
  rows: readonly PolicyRow[],
  logProbs: readonly ArrayLike<number>[],
  { loss, kl, ...bounds }: PolicyLoss,
): MeasuredLoss {
  const derivatives = rows.map(({ datum }) => new Float64Array(datum.tokens.length));
  const hasKl = kl !== undefined && kl.coefficient !== 0;
  const sums = { value: 0, tokens: 0, ratios: 0, largest: 0, low: 0, high: 0 };
  const [toOld, toReference] = [klMetrics("kl_old"), klMetrics("kl")];
  for (const answer of answersOf(rows)) {
    const places = placesOf(rows, answer);
    const tokens = tokensAt(rows, places, logProbs);
    const term = ratioLosses[loss as RatioLossName](tokens, bounds);
    sums.value += term.value;
    sums.tokens += places.length;
    sums.ratios += sumOf(term.ratios);
    sums.largest = term.ratios.reduce((a, b) => Math.max(a, b), sums.largest);
    sums.low += term.clipped.low;
    sums.high += term.clipped.high;
    places.forEach(([i, t], k) => {
      const logProb = tokens.logProbs[k]!;
      toOld.add(tokens.samplingLogProbs[k]!, logProb);
      derivatives[i]![t]! += term.derivatives[k]!;
      if (!hasKl) return;
      const { weight, datum } = rows[i]!;
      const reference = datum.referenceLogProbs![t]!;
      const scale = kl.coefficient * weight;
      toReference.add(logProb, reference);
      sums.value += scale * klEstimate(kl.estimator, logProb, reference);
      derivatives[i]![t]! += scale * klDerivative(kl.estimator, logProb, reference);
    });
  }
  const mean = (total: number): number => total / Math.max(1, sums.tokens);
  const metrics = {
    tokens: sums.tokens,
    ratio_mean: mean(sums.ratios),
    ratio_max: sums.largest,
    clip_fraction: mean(sums.low + sums.high),
    clip_fraction_low: mean(sums.low),
    clip_fraction_high: mean(sums.high),
    ...toOld.means(),
    ...(hasKl ? toReference.means() : {}),
  };
  return { value: sums.value, derivatives, metrics };
}

/** Indices of the rows of each answer. */
const answersOf = (rows: readonly PolicyRow[]): Iterable<readonly number[]> =>
  Map.groupBy(rows.keys(), (i) => rows[i]!.answer).values();

/** A sampled token: the index of its row, and its position there. */
type Place = readonly [row: number, position: number];

/** The sampled tokens of an answer, whose rows have these indices. */
function placesOf(rows: readonly PolicyRow[], indices: readonly number[]): readonly Place[] {
  return indices.flatMap((i) => {
    const mask = rows[i]!.datum.mask!;
    return [...mask.keys()].flatMap((t) => (mask[t] === 0 ? [] : [[i, t] as const]));
  });
}

const tokensAt = (
  rows: readonly PolicyRow[],
  places: readonly Place[],
  logProbs: readonly ArrayLike<number>[],
): AnswerTokens => ({
  logProbs: places.map(([i, t]) => logProbs[i]![t]!),
  samplingLogProbs: places.map(([i, t]) => rows[i]!.datum.samplingLogProbs![t]!),
  advantages: places.map(([i, t]) => rows[i]!.datum.advantages![t]!),
});
