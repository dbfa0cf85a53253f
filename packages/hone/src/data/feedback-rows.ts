/** A file of feedback whose rows may leave out what follows from the rest, and may shorten the ids of traces. */
import { extname } from "node:path";
import { isError } from "../core/errors.ts";
import { type Feedback, feedbackId, tracesOfFeedback } from "../core/feedback.ts";
import { readFeedbackCsv } from "./feedback-csv.ts";
import {
  type CompleteRow,
  type FeedbackLine,
  invalidLine,
  readFeedbackLines,
  readFeedbackText,
} from "../formats/feedback-format.ts";

/** What rows mean that leave something out. */
export interface FeedbackDefaults {
  /** The author. Undefined: each row must name one. */
  readonly author: string | undefined;
  /** The ends of the scale of ratings. */
  readonly low: number;
  readonly high: number;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * Reads a file of feedback: CSV where its name ends in .csv, else JSON Lines.
 *
 * @param findId  the whole id of a trace by its beginning; fails with TRACE_NOT_FOUND or TRACE_AMBIGUOUS
 * @throws FEEDBACK_UNREADABLE, FORMAT_UNKNOWN_VERSION; FEEDBACK_LINE_INVALID, naming the first line that is wrong or whose
 *   trace is not found; as `findId`
 */
export async function readFeedbackRows(
  file: string,
  defaults: FeedbackDefaults,
  findId: (beginning: string) => Promise<string>,
): Promise<readonly Feedback[]> {
  const content = await readFeedbackText(file);
  const read = extname(file).toLowerCase() === ".csv" ? readFeedbackCsv : readFeedbackLines;
  const complete = completeRow(file, { ...defaults, at: Date.now() });
  const wholeIds = await findWholeIds(await read(content, file, complete), file, findId);
  // The rows are read a second time because their own ids follow from the whole ids of their traces.
  const lines = await read(content, file, (row, line) =>
    complete(withWholeIds(row, wholeIds), line),
  );
  return lines.map(({ said }) => said);
}

/** Fills in what a row left out: its kind, id and time, the author, the scale. */
function completeRow(
  file: string,
  { author, low, high, at }: FeedbackDefaults & { readonly at: number },
): CompleteRow {
  return (given, line) => {
    if (author === undefined && given["author"] === undefined) {
      const problem = "it names no author; give --author, or each row an author";
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
    return "id" in row ? row : { ...row, id: idOf(row) };
  };
}

/** The kind of a row that does not say it, by the keys that only one kind has. */
const kindOf = (row: Row): Feedback["kind"] =>
  "preferred" in row ? "comparison" : "answer" in row ? "correction" : "rating";

/** The id that follows from a row. Where the row is incomplete any id will do: it is refused for what it lacks. */
function idOf(row: Row): string {
  const { kind, author } = row;
  const keys = kind === "comparison" ? ["first", "second"] : ["traceId"];
  const traceIds = keys.map((key) => row[key]).filter((id) => typeof id === "string");
  const isComplete = typeof author === "string" && traceIds.length === keys.length;
  return isComplete && isKind(kind) ? feedbackId(kind, author, traceIds) : "none";
}

const kinds: Readonly<Record<Feedback["kind"], true>> = {
  rating: true,
  comparison: true,
  correction: true,
};

const isKind = (kind: unknown): kind is Feedback["kind"] =>
  typeof kind === "string" && Object.hasOwn(kinds, kind);

/** Id as the file has it → whole id. @throws FEEDBACK_LINE_INVALID where no trace or several traces have it */
async function findWholeIds(
  lines: readonly FeedbackLine[],
  file: string,
  findId: (beginning: string) => Promise<string>,
): Promise<ReadonlyMap<unknown, string>> {
  const whole = new Map<unknown, string>();
  for (const { line, said } of lines) {
    for (const id of tracesOfFeedback(said)) {
      if (whole.has(id)) continue;
      const found = await findId(id).catch((error: unknown) => {
        throw lineError(error, { file, line, id });
      });
      whole.set(id, found);
    }
  }
  return whole;
}

function lineError(
  error: unknown,
  { file, line, id }: { readonly file: string; readonly line: number; readonly id: string },
): unknown {
  if (isError(error, "TRACE_NOT_FOUND"))
    return invalidLine(file, line, `${error.facts.store} has no trace ${JSON.stringify(id)}`);
  if (isError(error, "TRACE_AMBIGUOUS"))
    return invalidLine(file, line, `several traces begin with ${JSON.stringify(id)}`);
  return error;
}

/** Keys whose values are ids of traces. */
const traceKeys = new Set(["traceId", "first", "second"]);

const withWholeIds = (row: Row, whole: ReadonlyMap<unknown, string>): Row =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) =>
      traceKeys.has(key) ? [key, whole.get(value) ?? value] : [key, value],
    ),
  );
