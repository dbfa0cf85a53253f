/**
 * What people said, as rewards.
 *
 *     rating      (rating − low) / (high − low)                        mean over authors, each author's last word
 *     preference  (wins + ½ ties) / comparisons of the trace           each author's last word on a pair
 *
 * Both in [0, 1]. A trace gets one reward of each kind however many people spoke, so that a total does not grow with
 * their number; `by` names them.
 */
import type { ComparisonFeedback, Feedback, RatingFeedback } from "../core/feedback.ts";
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
 * @param kind what counts: ratings, comparisons, or both, each as a reward of its own. Default ratings where a trace has
 * any, else comparisons
 */
export function feedbackRewards(
  feedback: readonly Feedback[],
  kind: "rating" | "comparison" | "either" | "both" = "either",
): FeedbackReward[] {
  const last = lastWords(feedback);
  const ratings = kind === "comparison" ? [] : ratingRewards(last.filter(isRating));
  const rated = new Set(ratings.map(({ traceId }) => traceId));
  const compared = kind === "rating" ? [] : comparisonRewards(last.filter(isComparison));
  const counted =
    kind === "either" ? compared.filter(({ traceId }) => !rated.has(traceId)) : compared;
  return [...ratings, ...counted].toSorted(
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
const subjectOf = (one: Feedback): readonly string[] =>
  one.kind === "comparison" ? [one.first, one.second].toSorted(compareText) : [one.traceId];

function ratingRewards(ratings: readonly RatingFeedback[]): FeedbackReward[] {
  return grouped(ratings, (rating) => [rating.traceId]).map(([traceId, own]) => {
    const total = mean(own.map(shareOfScale));
    return humanReward(traceId, "human:rating", { total, components: { rating: total } }, own);
  });
}

function comparisonRewards(comparisons: readonly ComparisonFeedback[]): FeedbackReward[] {
  return grouped(comparisons, ({ first, second }) => [first, second]).map(([traceId, own]) => {
    const points = own.map(({ first, preferred }) =>
      preferred === "tie" ? 0.5 : Number((preferred === "first") === (first === traceId)),
    );
    const total = mean(points);
    const reward = { total, components: { preference: total } };
    return humanReward(traceId, "human:preference", reward, own);
  });
}

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
