/** What each kind of queue asks: how feedback answers it, when raters disagree, and what decides then. */
import type { Feedback, RatingFeedback } from "../../core/feedback.ts";
import type { QueueItem, QueueKind } from "../../core/feedback-queue.ts";
import type { AlphaScale, Rating } from "../rater-agreement.ts";

/** A row of `queueKindRules`. */
export interface QueueKindRules {
  /** Number of traces of an item. */
  readonly traces: 1 | 2;
  /** Whether an item needs an answer in words. */
  readonly needsAnswer: boolean;
  /** The scale of its ratings. Absent where it asks for something else. */
  readonly scale?: Pick<RatingFeedback, "low" | "high">;
  /** What a piece of feedback says about the item, as a label or a number; undefined where it says nothing about it. */
  readonly valueOf: (said: Feedback, item: QueueItem) => Rating | undefined;
  /** How agreement is measured. Absent where there is nothing to compare: people word a correction differently. */
  readonly agreement?: {
    readonly alpha: AlphaScale;
    readonly kappa: "none" | "quadratic";
    /** Every rating there can be, in order. */
    readonly categories: readonly Rating[];
  };
  /** Whether these ratings of an item are a conflict. */
  readonly isConflict: (values: readonly Rating[]) => boolean;
  /** What the ratings say together; undefined where another rater has to decide. */
  readonly decision: (values: readonly Rating[]) => Rating | undefined;
}

/** On a scale from 1 to 5, a difference from which on two raters disagree. */
const CONFLICT_POINTS = 2;

const rating =
  (low: number, high: number): QueueKindRules["valueOf"] =>
  (said, [id]) =>
    said.kind === "rating" && said.traceId === id && said.low === low && said.high === high
      ? said.rating
      : undefined;

const differ = (values: readonly Rating[]): boolean => new Set(values).size > 1;

/** The label that more than half of the raters chose. */
function majority(values: readonly Rating[]): Rating | undefined {
  const counts = Map.groupBy(values, (value) => value);
  return [...counts].find(([, { length }]) => 2 * length > values.length)?.[0];
}

/** Raters of an item after whom the middle of their numbers decides. */
const DECIDING_RATERS = 3;

/** The middle number; of an even count the lower of the two. */
function median(values: readonly Rating[]): Rating | undefined {
  const sorted = values.map(Number).toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** Which answer of the item is better, in the item's own order, on whichever side it was shown. */
function preferredOf(said: Feedback, [a, b]: QueueItem): Rating | undefined {
  if (said.kind !== "comparison") return undefined;
  const { first, second, preferred } = said;
  const isOfItem = (first === a && second === b) || (first === b && second === a);
  if (!isOfItem) return undefined;
  if (preferred === "tie") return "tie";
  return (preferred === "first" ? first : second) === a ? "first" : "second";
}

/** Each kind of queue. */
export const queueKindRules: { readonly [Kind in QueueKind]: QueueKindRules } = {
  rate: {
    traces: 1,
    needsAnswer: false,
    scale: { low: 1, high: 5 },
    valueOf: rating(1, 5),
    agreement: { alpha: "ordinal", kappa: "quadratic", categories: [1, 2, 3, 4, 5] },
    isConflict: (values) =>
      Math.max(...values.map(Number)) - Math.min(...values.map(Number)) >= CONFLICT_POINTS,
    decision: (values) => (values.length < DECIDING_RATERS ? undefined : median(values)),
  },
  thumbs: {
    traces: 1,
    needsAnswer: false,
    scale: { low: 0, high: 1 },
    valueOf: rating(0, 1),
    agreement: { alpha: "nominal", kappa: "none", categories: [0, 1] },
    isConflict: differ,
    decision: majority,
  },
  compare: {
    traces: 2,
    needsAnswer: true,
    valueOf: preferredOf,
    agreement: { alpha: "nominal", kappa: "none", categories: ["first", "second", "tie"] },
    isConflict: differ,
    decision: majority,
  },
  correct: {
    traces: 1,
    needsAnswer: true,
    valueOf: (said, [id]) =>
      said.kind === "correction" && said.traceId === id ? said.answer : undefined,
    isConflict: () => false,
    decision: () => undefined,
  },
};
