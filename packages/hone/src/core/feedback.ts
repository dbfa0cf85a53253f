/** What people said about traces, as data: ratings, comparisons, corrections, each with its author and time. */

interface FeedbackBase {
  /** Unique: the same id again replaces what was said. */
  readonly id: string;
  readonly author: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly reason?: string;
}

/** A number for a trace on a scale. */
export interface RatingFeedback extends FeedbackBase {
  readonly kind: "rating";
  readonly traceId: string;
  readonly rating: number;
  /** The ends of the scale, such as 1 and 5. */
  readonly low: number;
  readonly high: number;
}

/** Which of two traces of one task is better. */
export interface ComparisonFeedback extends FeedbackBase {
  readonly kind: "comparison";
  readonly first: string;
  readonly second: string;
  readonly preferred: "first" | "second" | "tie";
}

/** What a trace should have answered. */
export interface CorrectionFeedback extends FeedbackBase {
  readonly kind: "correction";
  readonly traceId: string;
  readonly answer: string;
}

export type Feedback = RatingFeedback | ComparisonFeedback | CorrectionFeedback;

/** The traces it speaks of: one, or the two of a comparison. */
export const tracesOfFeedback = (said: Feedback): readonly string[] =>
  said.kind === "comparison" ? [said.first, said.second] : [said.traceId];
