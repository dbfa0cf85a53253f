/** Rewards of traces made of human feedback. */
import {
  type ComparisonFeedback,
  type Feedback,
  type RatingFeedback,
  tracesOfFeedback,
} from "../core/feedback.ts";
import { addToList } from "../core/lists-by-key.ts";
import { compareText } from "../core/text-order.ts";
import type { TraceReward } from "../core/trace.ts";

/** A reward and the trace it belongs to. */
export interface FeedbackReward {
  /** The id of the trace. */
  readonly traceId: string;
  /** The reward; `by` names the people whose feedback it is made of. */
  readonly reward: TraceReward;
}

/**
 * Makes rewards, from 0 to 1, of human feedback, in the order of trace ids.
 *
 *     rating      (rating − low) / (high − low)                  mean over the authors
 *     preference  (wins + ½ ties) / comparisons of the trace
 *
 * When an author judged the same thing twice, only the last judgement counts. A trace gets one reward however many people
 * judged it.
 *
 * @param kind  "rating": rewards `human:rating` of ratings. "comparison": rewards `human:preference` of comparisons.
 * "both": the two of them. "either", the default: one reward `human` for each trace, whose total comes from its ratings or,
 * without any, from its comparisons; both are components. A store that gets the reward again replaces the old one
 * @example for (const { traceId, reward } of feedbackRewards(feedback)) console.log(traceId, reward.total);
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
 * The last judgement of each author about each trace or pair: feedback with an id that occurs again is replaced, and so is
 * an author's earlier feedback of the same kind. "Last" is by time, and at the same time by place in the list.
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

/** The traces that feedback is about, in an order that does not depend on which one a comparison names first. */
const subjectOf = (one: Feedback): readonly string[] => tracesOfFeedback(one).toSorted(compareText);

/** The feedback about one trace. */
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

/** The share of its comparisons that a trace won; a tie counts half. */
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

/** A rating as a share of its scale, from 0 to 1. */
export const shareOfScale = ({ rating, low, high }: RatingFeedback): number =>
  (rating - low) / (high - low);

/** The authors of feedback, each once, sorted. */
export const authorsOf = (said: readonly Feedback[]): string[] =>
  [...new Set(said.map(({ author }) => author))].toSorted(compareText);

function grouped<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    for (const key of keysOf(item)) addToList(groups, key, item);
  }
  return [...groups];
}

export const isRating = (one: Feedback): one is RatingFeedback => one.kind === "rating";
export const isComparison = (one: Feedback): one is ComparisonFeedback => one.kind === "comparison";

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;
