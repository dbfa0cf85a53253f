/** Queues of traces that people judge, as plain data: what is asked about which traces. What they answer is feedback in the traces. */
import type { TraceFilter } from "./trace-query.ts";

/** What people do with an item: rate it 1 to 5, say good or bad, choose the better of two, or write the right answer. */
export const queueKinds = ["rate", "thumbs", "compare", "correct"] as const;

/** One of `queueKinds`. */
export type QueueKind = (typeof queueKinds)[number];

/** The ids of the traces of an item: one, or the two answers that are compared. */
export type QueueItem = readonly [string] | readonly [string, string];

/** A queue of items to judge. Its items stay as they were drawn, whatever is recorded later. */
export interface FeedbackQueue {
  /** Unique in its folder of runs. */
  readonly name: string;
  readonly kind: QueueKind;
  /** The address of the store that its traces are in, without a password. */
  readonly store: string;
  /** The conditions that its traces met when it was made. */
  readonly filter: TraceFilter;
  /** Decides which items were drawn, their order, and on which side an answer is shown. */
  readonly seed: number;
  /** Number of people who judge each item; one more looks at an item on which they disagree. */
  readonly ratersPerItem: number;
  /** Reasons that are offered beside the free words. */
  readonly reasons: readonly string[];
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** In the order in which they are handed out. */
  readonly items: readonly QueueItem[];
}
