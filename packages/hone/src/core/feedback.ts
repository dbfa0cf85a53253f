/** What people said about traces, as data: ratings, comparisons and corrections, each with its author and time. */
import { createHash } from "node:crypto";
import { compareText } from "./text-order.ts";

interface FeedbackBase {
  /** Unique. Feedback written with an id that is already there replaces the old one. */
  readonly id: string;
  /** The person who said it; behind "solve:" the name that a client of a server gave, which nothing verifies. */
  readonly author: string;
  /** When it was said, in Unix milliseconds. */
  readonly at: number;
  /** Why, in the author's words. */
  readonly reason?: string;
}

/** A number that a person gave a trace, on a scale. */
export interface RatingFeedback extends FeedbackBase {
  readonly kind: "rating";
  /** The id of the rated trace. */
  readonly traceId: string;
  /** The number that was given, from `low` to `high`. */
  readonly rating: number;
  /** The lowest number of the scale, such as 1. */
  readonly low: number;
  /** The highest number of the scale, such as 5. */
  readonly high: number;
}

/** Which of two traces of one task is better. */
export interface ComparisonFeedback extends FeedbackBase {
  readonly kind: "comparison";
  /** Id of one of the traces. */
  readonly first: string;
  /** Id of the other one. */
  readonly second: string;
  /** The better trace, or "tie" when neither is. */
  readonly preferred: "first" | "second" | "tie";
}

/** What a trace should have answered. */
export interface CorrectionFeedback extends FeedbackBase {
  readonly kind: "correction";
  /** The id of the corrected trace. */
  readonly traceId: string;
  /** The corrected answer, whole. */
  readonly answer: string;
}

/** One thing that a person said about one trace or two. */
export type Feedback = RatingFeedback | ComparisonFeedback | CorrectionFeedback;

/** Feedback that has no id yet. */
export type NewFeedback =
  | Omit<RatingFeedback, "id">
  | Omit<ComparisonFeedback, "id">
  | Omit<CorrectionFeedback, "id">;

/** Ids of the traces that the feedback concerns: one, or the two of a comparison. */
export const tracesOfFeedback = (said: NewFeedback): readonly string[] =>
  said.kind === "comparison" ? [said.first, said.second] : [said.traceId];

/**
 * The id of what an author says in one way about these traces. It is the same each time, so that what is said later
 * replaces what was said before; the order of the traces does not matter.
 */
export function feedbackId(
  kind: Feedback["kind"],
  author: string,
  traceIds: readonly string[],
): string {
  const subject = JSON.stringify([author, ...traceIds.toSorted(compareText)]);
  return `${kind}-${createHash("sha256").update(subject).digest("hex").slice(0, 20)}`;
}

/** The feedback with its id. */
export const withId = (said: NewFeedback): Feedback => ({
  ...said,
  id: feedbackId(said.kind, said.author, tracesOfFeedback(said)),
});
