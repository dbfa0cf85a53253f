/** Feedback by file: into a store, and out of it as rewards and preference pairs. */
import { extname } from "node:path";
import { isError } from "../../core/errors.ts";
import { type Feedback, tracesOfFeedback } from "../../core/feedback.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import { readFeedbackCsv } from "../../formats/feedback-csv.ts";
import {
  type CompleteRow,
  type FeedbackLine,
  invalidLine,
  readFeedbackLines,
  readFeedbackText,
  writeFeedback,
} from "../../formats/feedback-format.ts";
import { writePreferences } from "../../formats/preference-format.ts";
import { writeRewards } from "../../formats/reward-format.ts";
import { writeFileWhole } from "../../formats/whole-write.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { feedbackAgreement } from "../../rewards/feedback-agreement.ts";
import { authorsOf, feedbackRewards } from "../../rewards/feedback-rewards.ts";
import { preferencePairs, type LeftOut } from "../../rewards/preference-pairs.ts";
import {
  collectFeedback,
  keepFeedback,
  type NewFeedback,
  withId,
} from "../../rewards/keep-feedback.ts";
import { findTraceId } from "../../store/operations/find-trace.ts";

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
 * checked before the first is kept: when one is wrong or speaks of a trace that is not there, nothing is. Ids of traces may
 * be shortened. When the store
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
  const complete = completeRow(file, { ...defaults, at: Date.now() });
  const whole = await wholeIds(store, read(content, file, complete), file);
  // Once more, since the ids of what is said follow from the whole ids of its traces.
  const lines = read(content, file, (row, line) => complete(withWholeIds(row, whole), line));
  const said = lines.map((one) => one.said);
  for (let at = 0; at < said.length; at += keptAtOnce) {
    await keepFeedback(store, said.slice(at, at + keptAtOnce));
  }
  return countKinds(said);
}

/** Rows may leave out what follows from the rest: their kind, id and time, the author, the scale. */
function completeRow(
  file: string,
  defaults: {
    readonly author: string | undefined;
    readonly low: number;
    readonly high: number;
    readonly at: number;
  },
): CompleteRow {
  const { author, low, high, at } = defaults;
  return (given, line) => {
    if (author === undefined && given["author"] === undefined) {
      const problem = "nobody says who speaks; give --author, or each row an author";
      throw invalidLine(file, line, problem);
    }
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

/** The ids that are meant by what stands in the file. @throws FEEDBACK_LINE_INVALID where it fits no trace or several */
async function wholeIds(
  store: TraceStore,
  lines: readonly FeedbackLine[],
  file: string,
): Promise<ReadonlyMap<unknown, string>> {
  const whole = new Map<unknown, string>();
  for (const { line, said } of lines) {
    for (const id of tracesOfFeedback(said)) {
      if (!whole.has(id)) whole.set(id, await wholeId(store, id, { file, line }));
    }
  }
  return whole;
}

async function wholeId(
  store: TraceStore,
  id: string,
  { file, line }: { readonly file: string; readonly line: number },
): Promise<string> {
  try {
    return await findTraceId(store, id);
  } catch (error) {
    if (isError(error, "TRACE_NOT_FOUND")) {
      throw invalidLine(file, line, `${store.url} has no trace ${JSON.stringify(id)}`);
    }
    if (isError(error, "TRACE_AMBIGUOUS")) {
      throw invalidLine(file, line, `several traces begin with ${JSON.stringify(id)}`);
    }
    throw error;
  }
}

const withWholeIds = (
  row: Readonly<Record<string, unknown>>,
  whole: ReadonlyMap<unknown, string>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) =>
      traceKeys.has(key) ? [key, whole.get(value) ?? value] : [key, value],
    ),
  );

/** Keys whose values are ids of traces. */
const traceKeys = new Set(["traceId", "first", "second"]);

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
