/**
 * The loss of a batch of preference pairs, as a function of the log-probs of their tokens, and its derivative.
 *
 *     C = Σ_k w_k · mean_i L_k(pair i)  +  s · NLL(chosen answers)             means by the pairs' weights
 *
 * L_k is a row of pair-losses.ts, on what the rows' log-probs come to:
 *
 *     x(row) = Σ_t a_t·log π_t  −  reference of the row               a_t = 1, or the discount of tokens beyond the shorter answer
 *     divided by the answer's tokens where all is of means (`lengthNormalized`)
 *     Δ = f(x chosen) − f(x rejected) − m                             f: ratio-scores.ts, m: SimPO's margin
 *     each f divided by its answer's tokens where the loss is one of means (IPO), as TRL does it
 *
 * NLL is the mean over all tokens of the batch's chosen answers. Shapes: 2 rows a pair, T tokens each; log-probs in nats.
 */
import type { LogProbLoss } from "../blocks/log-prob-loss.ts";
import { countMasked } from "../blocks/masks.ts";
import { sumOf } from "../blocks/sums.ts";
import {
  type PairLossName,
  pairLossOf,
  type PairLossSettings,
  type SidesPoint,
} from "./pair-losses.ts";
import type { ScoreFunction } from "./ratio-scores.ts";
import { type SortedLossName, sortedLosses } from "./sorted-losses.ts";

/** One answer of a pair at the policy's present weights. */
export interface AnswerLogProbs {
  /** [T] log-probs of the targets. */
  readonly logProbs: ArrayLike<number>;
  /** [T] 1 at the answer's tokens, else 0. */
  readonly mask: ArrayLike<number>;
  /** [T] log-probs of the targets under the reference; undefined for a loss without one. */
  readonly reference: ArrayLike<number> | undefined;
}

/** The two answers of a pair. */
export interface PairLogProbs {
  readonly chosen: AnswerLogProbs;
  readonly rejected: AnswerLogProbs;
  /** How much the pair counts, relative to the others. */
  readonly weight: number;
}

/** What decides the loss of pairs. */
export interface PairObjective extends PairLossSettings {
  /** Losses of pairs with their weights; each of 1 unless said otherwise. */
  readonly losses: readonly {
    readonly name: PairLossName | SortedLossName;
    readonly weight: number;
  }[];
  /** The score whose difference is compared. */
  readonly score: ScoreFunction;
  /** m: by how much the chosen answer's score is to lie above, before the loss is 0 or small. */
  readonly margin: number;
  /** Whether all losses are of means over tokens, whatever their rows say. */
  readonly lengthNormalized: boolean;
  /** s: weight of the chosen answers' negative log-likelihood per token. */
  readonly sftWeight: number;
  /** Discount of an answer's tokens beyond the length of the shorter answer of the pair, 0 to 1. 1: none. */
  readonly tailDiscount: number;
}

/** The loss of a batch with what is reported of it. Per pair [N], in nats. */
export interface PairLoss extends Pick<LogProbLoss, "value"> {
  /** dC/dlog π, per pair and side [T]. */
  readonly derivatives: readonly {
    readonly chosen: Float64Array;
    readonly rejected: Float64Array;
  }[];
  /** Log-ratios to the reference (log-probs without one): sums over tokens, or means where all losses are of means. */
  readonly ratios: readonly { readonly chosen: number; readonly rejected: number }[];
  /** Sums of the answers' log-probs. */
  readonly logProbs: readonly { readonly chosen: number; readonly rejected: number }[];
  /** Tokens of the answers. */
  readonly lengths: readonly { readonly chosen: number; readonly rejected: number }[];
}

/** An answer, summed. */
interface Answer extends AnswerLogProbs {
  readonly length: number;
  /** [T] a_t. */
  readonly weights: Float64Array;
  /** Σ a_t·log π_t of the policy and of the reference. */
  readonly policy: number;
  readonly expected: number;
}

interface SummedPair {
  readonly chosen: Answer;
  readonly rejected: Answer;
  /** How much the pair counts; the shares of a batch add up to 1. */
  readonly share: number;
}

/** The loss of a batch of pairs and its derivative. */
export function pairLoss(given: readonly PairLogProbs[], objective: PairObjective): PairLoss {
  const total = sumOf(given.map(({ weight }) => weight));
  const pairs = given.map((pair) => summed(pair, pair.weight / total, objective.tailDiscount));
  const slopes = pairs.map(() => ({ chosen: 0, rejected: 0 }));
  let value = 0;
  for (const { name, weight } of objective.losses) {
    const points =
      name in sortedLosses
        ? sortedLosses[name as SortedLossName](pairs.map(sidesOf), objective)
        : pairs.map((pair) => pairPoint(pair, name as PairLossName, objective));
    points.forEach((point, i) => {
      const share = weight * pairs[i]!.share;
      value += share * point.value;
      slopes[i]!.chosen += share * point.chosen;
      slopes[i]!.rejected += share * point.rejected;
    });
  }
  const tokens = sumOf(pairs.map(({ chosen, share }) => share * chosen.length));
  const perToken = objective.sftWeight / tokens;
  if (perToken !== 0)
    value -= perToken * sumOf(pairs.map(({ chosen, share }) => share * maskedSum(chosen)));
  const both = <T>(of: (answer: Answer) => T) =>
    pairs.map(({ chosen, rejected }) => ({ chosen: of(chosen), rejected: of(rejected) }));
  return {
    value,
    derivatives: pairs.map(({ chosen, rejected, share }, i) => ({
      chosen: chosen.weights.map(
        (a, t) => a * slopes[i]!.chosen - (chosen.mask[t] === 0 ? 0 : share * perToken),
      ),
      rejected: rejected.weights.map((a) => a * slopes[i]!.rejected),
    })),
    ratios: both(
      (answer) =>
        (answer.policy - answer.expected) / (objective.lengthNormalized ? answer.length : 1),
    ),
    logProbs: both(maskedSum),
    lengths: both((answer) => answer.length),
  };
}

/** Whether a pair's derivatives depend on the other pairs of its batch. */
export const comparesPairs = ({ losses }: Pick<PairObjective, "losses">): boolean =>
  losses.some(({ name }) => name in sortedLosses);

/** The sums that sorted losses compare. */
const sidesOf = ({ chosen, rejected }: SummedPair) => ({
  policy: { chosen: chosen.policy, rejected: rejected.policy },
  reference: { chosen: chosen.expected, rejected: rejected.expected },
});

/** A pair's loss and its derivatives by the weighted sums of its answers' log-probs. */
function pairPoint(
  { chosen, rejected }: SummedPair,
  name: PairLossName,
  objective: PairObjective,
): SidesPoint {
  const row = pairLossOf(name);
  // Means go into the score where all is of means; a loss of means takes the score of sums, and divides that.
  const { lengthNormalized } = objective;
  const isMean = !lengthNormalized && row.perToken === true;
  const scales = (answer: Answer) => ({
    inner: lengthNormalized ? 1 / answer.length : 1,
    outer: isMean ? 1 / answer.length : 1,
  });
  const [ofC, ofR] = [scales(chosen), scales(rejected)];
  const c = (chosen.policy - chosen.expected) * ofC.inner;
  const r = (rejected.policy - rejected.expected) * ofR.inner;
  if (row.of === "sides") {
    const point = row.at(c, r, objective);
    return {
      value: point.value,
      chosen: point.chosen * ofC.inner,
      rejected: point.rejected * ofR.inner,
    };
  }
  const [better, worse] = [objective.score(c), objective.score(r)];
  const delta = better.value * ofC.outer - worse.value * ofR.outer - objective.margin;
  const { value, slope } = row.at(delta, objective);
  return {
    value,
    chosen: slope * better.slope * ofC.inner * ofC.outer,
    rejected: -slope * worse.slope * ofR.inner * ofR.outer,
  };
}

function summed({ chosen, rejected }: PairLogProbs, share: number, discount: number): SummedPair {
  const shared = Math.min(countMasked(chosen.mask), countMasked(rejected.mask));
  return {
    share,
    chosen: answerOf(chosen, shared, discount),
    rejected: answerOf(rejected, shared, discount),
  };
}

/** An answer whose tokens beyond the first `shared` ones are discounted. */
function answerOf(answer: AnswerLogProbs, shared: number, discount: number): Answer {
  const { mask, logProbs, reference } = answer;
  const weights = new Float64Array(mask.length);
  let [place, policy, expected] = [0, 0, 0];
  for (let t = 0; t < mask.length; t++) {
    if (mask[t] === 0) continue;
    place++;
    weights[t] = place <= shared ? 1 : discount;
    policy += weights[t]! * logProbs[t]!;
    if (reference !== undefined) expected += weights[t]! * reference[t]!;
  }
  return { ...answer, length: place, weights, policy, expected };
}

function maskedSum({ mask, logProbs }: AnswerLogProbs): number {
  let sum = 0;
  for (let t = 0; t < mask.length; t++) if (mask[t] !== 0) sum += logProbs[t]!;
  return sum;
}
