/**
 * What people said, as rewards.
 *
 *     rating      (rating − low) / (high − low)                        mean over authors, each author's last word
 *     preference  (wins + ½ ties) / comparisons of the trace           each author's last word on a pair
 *
 * Both in [0, 1]. A trace gets one reward however many people spoke and in however many ways, so that a total does not
 * grow with their number; `by` names them.
 */
import {
  type ComparisonFeedback,
  type Feedback,
  type RatingFeedback,
  tracesOfFeedback,
} from "../core/feedback.ts";
import { compareText } from "../core/text-order.ts";
import type { TraceReward } from "../core/trace.ts";

/** A reward for a trace of this id. */
export interface FeedbackReward {
  readonly traceId: string;
  readonly reward: TraceReward;
}

/**
 * The rewards of feedback, in the order of their traces.
 *
 * @param kind what counts: ratings (reward `human:rating`), comparisons (`human:preference`), or both, each as a reward of
 * its own. Default "either": one reward `human` whose total is the ratings' where there are any, else the comparisons', with
 * both as components; a store's trace keeps one reward of this id, whatever is said later
 */
export function feedbackRewards(
  feedback: readonly Feedback[],
  kind: "rating" | "comparison" | "either" | "both" = "either",
): FeedbackReward[] {
  const last = lastWords(feedback);
  const ratings = kind === "comparison" ? [] : last.filter(isRating);
  const comparisons = kind === "rating" ? [] : last.filter(isComparison);
  const rewards =
    kind === "either"
      ? grouped([...ratings, ...comparisons], tracesOfFeedback).map(rewardOfEither)
      : [
          ...grouped(ratings, tracesOfFeedback).map(rewardOfRatings),
          ...grouped(comparisons, tracesOfFeedback).map(rewardOfComparisons),
        ];
  return rewards.toSorted(
    (a, b) => compareText(a.traceId, b.traceId) || compareText(a.reward.id, b.reward.id),
  );
}

/**
 * What each author said last about each thing: of one id the last, then of one author about one trace or pair the last.
 * Later is by time, then by place in the list.
 */
export function lastWords(feedback: readonly Feedback[]): Feedback[] {
  const ordered = feedback.toSorted((a, b) => a.at - b.at);
  const byId = new Map(ordered.map((one) => [one.id, one]));
  const bySubject = new Map<string, Feedback>();
  for (const one of [...byId.values()].toSorted((a, b) => a.at - b.at)) {
    bySubject.set(JSON.stringify([one.kind, one.author, subjectOf(one)]), one);
  }
  return [...bySubject.values()].toSorted((a, b) => a.at - b.at);
}

/** A pair is the same whichever is named first. */
const subjectOf = (one: Feedback): readonly string[] => tracesOfFeedback(one).toSorted(compareText);

type Group<T> = readonly [traceId: string, said: readonly T[]];

function rewardOfRatings([traceId, said]: Group<RatingFeedback>): FeedbackReward {
  const rating = mean(said.map(shareOfScale));
  return humanReward(traceId, "human:rating", { total: rating, components: { rating } }, said);
}

function rewardOfComparisons([traceId, said]: Group<ComparisonFeedback>): FeedbackReward {
  const preference = shareWon(traceId, said);
  const reward = { total: preference, components: { preference } };
  return humanReward(traceId, "human:preference", reward, said);
}

function rewardOfEither([traceId, said]: Group<
  RatingFeedback | ComparisonFeedback
>): FeedbackReward {
  const ratings = said.filter(isRating);
  const comparisons = said.filter(isComparison);
  const rating = mean(ratings.map(shareOfScale));
  const preference = shareWon(traceId, comparisons);
  const components = {
    ...(ratings.length === 0 ? {} : { rating }),
    ...(comparisons.length === 0 ? {} : { preference }),
  };
  const total = ratings.length === 0 ? preference : rating;
  return humanReward(traceId, "human", { total, components }, said);
}

/** Of the comparisons that the trace stands in; a tie is half. */
const shareWon = (traceId: string, comparisons: readonly ComparisonFeedback[]): number =>
  mean(
    comparisons.map(({ first, preferred }) =>
      preferred === "tie" ? 0.5 : Number((preferred === "first") === (first === traceId)),
    ),
  );

function humanReward(
  traceId: string,
  id: string,
  { total, components }: Pick<TraceReward, "total" | "components">,
  said: readonly Feedback[],
): FeedbackReward {
  const reasons = said.flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  const reward: TraceReward = {
    id,
    total,
    components,
    source: "human",
    at: Math.max(...said.map(({ at }) => at)),
    by: authorsOf(said).join(", "),
    ...(reasons.length === 0 ? {} : { reason: reasons.join("\n") }),
  };
  return { traceId, reward };
}

/** A rating's place on its scale, in [0, 1]. */
export const shareOfScale = ({ rating, low, high }: RatingFeedback): number =>
  (rating - low) / (high - low);

/** Each once, in order. */
export const authorsOf = (said: readonly Feedback[]): string[] =>
  [...new Set(said.map(({ author }) => author))].toSorted(compareText);

function grouped<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    for (const key of keysOf(item)) groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups];
}

export const isRating = (one: Feedback): one is RatingFeedback => one.kind === "rating";
export const isComparison = (one: Feedback): one is ComparisonFeedback => one.kind === "comparison";

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;
