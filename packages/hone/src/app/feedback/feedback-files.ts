/** Feedback by file: into a store, and out of it as rewards and preference pairs. */
import type { Feedback } from "../../core/feedback.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import { type FeedbackDefaults, readFeedbackRows } from "../../data/feedback-rows.ts";
import { writeFeedback } from "../../formats/feedback-format.ts";
import { writePreferences } from "../../formats/preference-format.ts";
import { writeRewards } from "../../formats/reward-format.ts";
import { writeOutput } from "../../formats/whole-write.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { feedbackAgreement } from "../../rewards/feedback-agreement.ts";
import { authorsOf, feedbackRewards } from "../../rewards/feedback-rewards.ts";
import { collectFeedback, keepFeedback } from "../../rewards/keep-feedback.ts";
import { preferencePairs, type LeftOut } from "../../rewards/preference-pairs.ts";
import { findTraceId } from "../../store/operations/find-trace.ts";

/** How often each kind of feedback was given. */
export type FeedbackCounts = Readonly<Record<Feedback["kind"], number>>;

function countKinds(feedback: readonly Feedback[]): FeedbackCounts {
  const counts = { rating: 0, comparison: 0, correction: 0 };
  for (const { kind } of feedback) counts[kind]++;
  return counts;
}

/** Number of ratings, comparisons and corrections that are written at once. */
const keptAtOnce = 200;

/**
 * Reads a file of feedback and keeps it in the store. Every line is checked before the first is written, so a file with a
 * wrong line or an unknown trace changes nothing. When the store fails midway, what was written stays, and reading the file
 * again completes it: ids follow from what is said.
 *
 * @throws as `readFeedbackRows` and `keepFeedback`
 */
export async function importFeedback(
  store: TraceStore,
  file: string,
  defaults: FeedbackDefaults,
): Promise<FeedbackCounts> {
  const said = await readFeedbackRows(file, defaults, (id) => findTraceId(store, id));
  for (let at = 0; at < said.length; at += keptAtOnce) {
    await keepFeedback(store, said.slice(at, at + keptAtOnce));
  }
  return countKinds(said);
}

/** Paths of the files to write; one that is undefined is not written. */
export interface FeedbackFiles {
  /** A reward for each trace (hone.rewards). */
  readonly rewards?: string | undefined;
  /** Preference pairs (hone.preferences). */
  readonly pairs?: string | undefined;
  /** The feedback as it was given (hone.feedback). */
  readonly feedback?: string | undefined;
}

/** What an export found and wrote. */
export interface FeedbackExport {
  readonly said: FeedbackCounts;
  readonly authors: readonly string[];
  /** Number of traces with feedback. */
  readonly traces: number;
  readonly rewards: number;
  readonly pairs: number;
  /** Number of comparisons and ratings that give no pair, by the reason. */
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>;
  readonly agreement: ReturnType<typeof feedbackAgreement>;
}

/**
 * Writes the feedback on the traces of a filter as rewards, as preference pairs, and as it was given. Each file is written
 * whole or not at all.
 *
 * @param options.ratingMargin see `preferencePairs`
 * @throws WRITE_FAILED, DISK_FULL; as the store
 */
export async function exportFeedback(
  store: TraceStore,
  files: FeedbackFiles,
  options: { readonly filter?: TraceFilter; readonly ratingMargin?: number } = {},
): Promise<FeedbackExport> {
  const { feedback, traces } = await collectFeedback(store.traces(options.filter));
  const own = new Set(traces.map(({ id }) => id));
  const rewards = feedbackRewards(feedback).filter(({ traceId }) => own.has(traceId));
  const { ratingMargin } = options;
  const margin = ratingMargin === undefined ? {} : { ratingMargin };
  const { pairs, leftOut } = preferencePairs(feedback, traces, margin);
  const texts: readonly (readonly [string | undefined, () => string])[] = [
    [files.rewards, () => writeRewards(rewards)],
    [files.pairs, () => writePreferences(pairs)],
    [files.feedback, () => writeFeedback(feedback)],
  ];
  for (const [file, text] of texts) if (file !== undefined) await writeOutput(file, text());
  return {
    said: countKinds(feedback),
    authors: authorsOf(feedback),
    traces: traces.length,
    rewards: rewards.length,
    pairs: pairs.length,
    leftOut,
    agreement: feedbackAgreement(feedback),
  };
}
