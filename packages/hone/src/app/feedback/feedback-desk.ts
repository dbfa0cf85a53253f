/** A store in which a person judges traces: what is asked, and where the answers are kept. */
import {
  type ComparisonFeedback,
  type CorrectionFeedback,
  type Feedback,
  type RatingFeedback,
  withId,
} from "../../core/feedback.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import {
  type ComparisonQuestion,
  pairsToCompare,
  type RatingQuestion,
  type ShownTrace,
  shownTrace,
  tracesToRate,
} from "../../rewards/feedback-questions.ts";
import { keepFeedback } from "../../rewards/keep-feedback.ts";
import { readTraceOf } from "../../store/operations/find-trace.ts";
import { type StoreAt, withStore } from "../traces/with-store.ts";

export type {
  ComparisonQuestion,
  RatingQuestion,
  ShownTool,
  ShownTrace,
} from "../../rewards/feedback-questions.ts";

/** Feedback without what the desk adds: its id and its time. */
export type SaidNow =
  | Omit<RatingFeedback, "id" | "at">
  | Omit<ComparisonFeedback, "id" | "at">
  | Omit<CorrectionFeedback, "id" | "at">;

export interface FeedbackDesk {
  /** The traces of a filter that this author has not rated, in the order of their start. */
  tracesToRate(author: string, filter: TraceFilter): AsyncGenerator<RatingQuestion, void>;
  /** Pairs of answers to one task that this author has not compared, in the order that the seed draws. */
  pairsToCompare(
    author: string,
    options: { readonly filter: TraceFilter; readonly seed: number },
  ): AsyncGenerator<ComparisonQuestion, void>;
  /** A trace by the beginning of its id, as a person is shown it. */
  find(beginning: string): Promise<ShownTrace>;
  /** Stores what was said now. Resolves when it is durable. @throws as `keepFeedback` */
  keep(said: SaidNow): Promise<Feedback>;
}

/** Opens a store for judging, and closes it after `use`. @throws as `withStore` */
export const withFeedbackDesk = <T>(
  at: StoreAt,
  use: (desk: FeedbackDesk) => Promise<T>,
): Promise<T> =>
  withStore(at, (store) =>
    use({
      tracesToRate: (author, filter) => tracesToRate(store, author, filter),
      pairsToCompare: (author, options) => pairsToCompare(store, author, options),
      find: async (beginning) => shownTrace(await readTraceOf(store, beginning)),
      keep: async (said) => {
        const feedback = withId({ ...said, at: Date.now() });
        await keepFeedback(store, [feedback]);
        return feedback;
      },
    }),
  );
