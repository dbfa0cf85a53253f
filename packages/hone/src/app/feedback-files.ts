/** Feedback by file: into a store, and out of it as rewards and preference pairs. */
import { extname } from "node:path";
import { type Feedback, tracesOfFeedback } from "../core/feedback.ts";
import type { TraceFilter } from "../core/trace-query.ts";
import { readFeedbackCsv } from "../formats/feedback-csv.ts";
import {
  type CompleteRow,
  type FeedbackLine,
  invalidLine,
  readFeedbackLines,
  readFeedbackText,
  writeFeedback,
} from "../formats/feedback-format.ts";
import { writePreferences } from "../formats/preference-format.ts";
import { writeRewards } from "../formats/reward-format.ts";
import { writeFileWhole } from "../formats/whole-write.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import { feedbackAgreement } from "../rewards/feedback-agreement.ts";
import { authorsOf, feedbackRewards } from "../rewards/feedback-rewards.ts";
import { preferencePairs, type LeftOut } from "../rewards/preference-pairs.ts";
import { collectFeedback, keepFeedback, type NewFeedback, withId } from "./feedback-store.ts";

export type FeedbackCounts = Readonly<Record<Feedback["kind"], number>>;

const countKinds = (feedback: readonly Feedback[]): FeedbackCounts => {
  const counts = { rating: 0, comparison: 0, correction: 0 };
  for (const { kind } of feedback) counts[kind]++;
  return counts;
};

/** Traces written at once. */
const keptAtOnce = 200;

/**
 * Reads a file of feedback (CSV where its name ends in .csv, else JSON Lines) and keeps it in the store. Every line is
 * checked before the first is kept: when one is wrong or speaks of a trace that is not there, nothing is. When the store
 * fails on the way, what was kept until then stays; reading the file again completes it, since ids follow from what is said.
 *
 * @param defaults what rows without an author or a scale mean
 * @throws FEEDBACK_UNREADABLE, FEEDBACK_LINE_INVALID, FORMAT_UNKNOWN_VERSION; as the store
 */
export async function importFeedback(
  store: TraceStore,
  file: string,
  defaults: {
    readonly author: string | undefined;
    readonly low: number;
    readonly high: number;
  },
): Promise<FeedbackCounts> {
  const content = await readFeedbackText(file);
  const read = extname(file).toLowerCase() === ".csv" ? readFeedbackCsv : readFeedbackLines;
  const lines = read(content, file, completeRow({ ...defaults, at: Date.now() }));
  await demandTraces(store, lines, file);
  const said = lines.map((one) => one.said);
  for (let at = 0; at < said.length; at += keptAtOnce) {
    await keepFeedback(store, said.slice(at, at + keptAtOnce));
  }
  return countKinds(said);
}

/** Rows may leave out what follows from the rest: their kind, id and time, the author, the scale. */
function completeRow(defaults: {
  readonly author: string | undefined;
  readonly low: number;
  readonly high: number;
  readonly at: number;
}): CompleteRow {
  const { author, low, high, at } = defaults;
  return (given) => {
    const kind = given["kind"] ?? kindOf(given);
    const row = {
      kind,
      ...(author === undefined ? {} : { author }),
      at,
      ...(kind === "rating" ? { low, high } : {}),
      ...given,
    };
    if ("id" in row) return row;
    const named = ["author", ...(kind === "comparison" ? ["first", "second"] : ["traceId"])];
    const isNamed = named.every((key) => typeof (row as Record<string, unknown>)[key] === "string");
    // Without these the row is refused for lack of them, not for lack of an id.
    return isNamed ? { ...withId(row as unknown as NewFeedback) } : { ...row, id: "none" };
  };
}

const kindOf = (row: Readonly<Record<string, unknown>>): Feedback["kind"] =>
  "preferred" in row ? "comparison" : "answer" in row ? "correction" : "rating";

async function demandTraces(
  store: TraceStore,
  lines: readonly FeedbackLine[],
  file: string,
): Promise<void> {
  const known = new Set<string>();
  for (const { line, said } of lines) {
    for (const id of tracesOfFeedback(said)) {
      if (known.has(id)) continue;
      const [found] = await store.ids(id, 1);
      if (found !== id) {
        throw invalidLine(file, line, `${store.url} has no trace ${JSON.stringify(id)}`);
      }
      known.add(id);
    }
  }
}

export interface FeedbackFiles {
  readonly rewards?: string | undefined;
  readonly pairs?: string | undefined;
  readonly feedback?: string | undefined;
}

export interface FeedbackExport {
  readonly said: FeedbackCounts;
  readonly authors: readonly string[];
  readonly traces: number;
  readonly rewards: number;
  readonly pairs: number;
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>;
  readonly agreement: ReturnType<typeof feedbackAgreement>;
}

/**
 * Writes what people said about the traces of a filter as rewards, as preference pairs, and as it was said, each file whole
 * or not at all.
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
  for (const [file, text] of texts) if (file !== undefined) await writeFileWhole(file, text());
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
