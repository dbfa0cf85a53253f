/**
 * KTO's loss of a batch of rated answers, as a function of the log-probs of their tokens, and its derivative. The formula is in kto.ts.
 */
import { logistic } from "../../core/logistic.ts";
import type { LogProbLoss } from "../blocks/log-prob-loss.ts";
import { sumOf } from "../blocks/sums.ts";
import type { ktoLossNames } from "./preference-choices.ts";

/** A rated answer at the policy's present weights. */
export interface RatedLogProbs {
  /** [T] log-probs of the targets, nats. */
  readonly logProbs: ArrayLike<number>;
  /** [T] 1 at the answer's tokens, else 0. */
  readonly mask: ArrayLike<number>;
  /** [T] log-probs of the targets under the reference, nats. */
  readonly reference: ArrayLike<number>;
  readonly isDesirable: boolean;
  /** How much the answer counts, relative to the others. */
  readonly weight: number;
}

/** What decides the loss. */
export interface KtoObjective {
  readonly loss: (typeof ktoLossNames)[number];
  readonly beta: number;
  readonly desirableWeight: number;
  readonly undesirableWeight: number;
}

/** The loss of a batch with what is reported of it, per answer. */
export interface KtoLoss extends LogProbLoss {
  /** Log-ratios to the reference, sums over tokens. */
  readonly ratios: readonly number[];
  /** Sums of log-probs. */
  readonly sums: readonly number[];
  readonly lengths: readonly number[];
}

/**
 * @param kl  z, the estimate of the KL to the reference that answers are measured against, at least 0, nats; not differentiated
 */
export function ktoLoss(
  answers: readonly RatedLogProbs[],
  kl: number,
  { loss, beta, desirableWeight, undesirableWeight }: KtoObjective,
): KtoLoss {
  const total = sumOf(answers.map(({ weight }) => weight));
  const baseline = loss === "kto" ? kl : 0;
  const read = answers.map(({ logProbs, mask, reference, isDesirable, weight }) => {
    let [sum, expected, length] = [0, 0, 0];
    for (let t = 0; t < mask.length; t++) {
      if (mask[t] === 0) continue;
      sum += logProbs[t]!;
      expected += reference[t]!;
      length++;
    }
    const ratio = sum - expected;
    const sign = isDesirable ? 1 : -1;
    const share = ((isDesirable ? desirableWeight : undesirableWeight) * weight) / total;
    const x = sign * beta * (ratio - baseline);
    const slope = -share * sign * beta * logistic(x) * logistic(-x);
    return { sum, ratio, length, value: share * logistic(-x), slope, mask };
  });
  return {
    value: sumOf(read.map(({ value }) => value)),
    derivatives: read.map(({ mask, slope }) =>
      Float64Array.from(mask, (m) => (m === 0 ? 0 : slope)),
    ),
    ratios: read.map(({ ratio }) => ratio),
    sums: read.map(({ sum }) => sum),
    lengths: read.map(({ length }) => length),
  };
}
