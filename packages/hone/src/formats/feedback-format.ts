/**
 * Feedback as JSON Lines, format hone.feedback: one rating, comparison or correction a line, written by hone or by hand.
 *
 * The first line may be a header with the format and its version; a file without one is read as version 1.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { HoneError, messageOf } from "../core/errors.ts";
import { fileReason } from "../core/file-reason.ts";
import type { Feedback } from "../core/feedback.ts";
import { isObject, parseJson } from "../core/json.ts";
import { defineFormat, writeHeader, writeRow } from "./format.ts";
import { problemsOf, withoutUndefined } from "./json-value.ts";

const text = z.string().min(1);
const base = {
  id: text,
  author: text,
  at: z
    .union([z.number(), z.iso.datetime({ offset: true }).transform((time) => Date.parse(time))])
    .describe("Unix milliseconds, or ISO 8601 with an offset"),
  reason: z.string().optional(),
};

export const feedbackSchema = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("rating"),
      ...base,
      traceId: text,
      rating: z.number(),
      low: z.number(),
      high: z.number(),
    }),
    z.strictObject({
      kind: z.literal("comparison"),
      ...base,
      first: text,
      second: text,
      preferred: z.enum(["first", "second", "tie"]),
    }),
    z.strictObject({ kind: z.literal("correction"), ...base, traceId: text, answer: text }),
  ])
  .check((context) => {
    const problem = problemOf(context.value);
    if (problem !== undefined) {
      context.issues.push({ code: "custom", message: problem, input: context.value });
    }
  });

function problemOf(row: z.infer<typeof feedbackSchema>): string | undefined {
  if (row.kind === "rating") {
    if (row.low >= row.high) return "low is not below high";
    if (row.rating < row.low || row.rating > row.high) {
      return `rating ${row.rating} is not from ${row.low} to ${row.high}`;
    }
  }
  if (row.kind === "comparison" && row.first === row.second) {
    return "first and second are the same trace";
  }
  return undefined;
}

export const feedbackFormat = defineFormat("hone.feedback", 1, feedbackSchema);

/** The text of a file of feedback. */
export const writeFeedback = (feedback: readonly Feedback[]): string =>
  writeHeader(feedbackFormat) + feedback.map(writeRow).join("");

/** One piece of feedback in a file, with the number of its line, from 1. */
export interface FeedbackLine {
  readonly line: number;
  readonly said: Feedback;
}

/** Fills in what a row may leave out, before it is checked. */
export type CompleteRow = (
  row: Readonly<Record<string, unknown>>,
  line: number,
) => Readonly<Record<string, unknown>>;

/**
 * Reads a file of feedback.
 * @throws FEEDBACK_UNREADABLE, FEEDBACK_LINE_INVALID, FORMAT_UNKNOWN_VERSION
 */
export async function readFeedbackFile(file: string): Promise<Feedback[]> {
  return readFeedback(await readFeedbackText(file), file);
}

/** Reads the text of a feedback file. @throws FEEDBACK_UNREADABLE */
export async function readFeedbackText(file: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const facts = { file, reason: fileReason(error) };
    throw new HoneError("FEEDBACK_UNREADABLE", facts, { cause: error });
  }
}

/**
 * The feedback in a file's text. Blank lines are skipped.
 *
 * @param file its path, for messages
 * @throws FEEDBACK_LINE_INVALID for the first line that is no feedback; FORMAT_UNKNOWN_VERSION for a later version
 */
export const readFeedback = (content: string, file: string): Feedback[] =>
  readFeedbackLines(content, file).map(({ said }) => said);

/** As `readFeedback`, with the line of each row. `complete` fills in what rows leave out. */
export function readFeedbackLines(
  content: string,
  file: string,
  complete?: CompleteRow,
): FeedbackLine[] {
  const lines = content.replace(/^\ufeff/, "").split(/\r?\n/);
  const values: { line: number; value: unknown }[] = [];
  for (const [i, text] of lines.entries()) {
    if (text.trim() === "") continue;
    const value = parsedLine(text, file, i + 1);
    if (values.length === 0 && isObject(value) && "format" in value) {
      checkHeader(value["format"], value["version"], file, i + 1);
    } else {
      values.push({ line: i + 1, value });
    }
  }
  return checkLines(values, file, complete);
}

/** Checks that every row is feedback and no id comes twice. @throws FEEDBACK_LINE_INVALID */
export function checkLines(
  values: readonly { readonly line: number; readonly value: unknown }[],
  file: string,
  complete: CompleteRow = (row) => row,
): FeedbackLine[] {
  const lines = new Map<string, number>();
  return values.map(({ line, value }) => {
    const row = feedbackSchema.safeParse(isObject(value) ? complete(value, line) : value);
    if (!row.success) throw invalidLine(file, line, problemsOf(row.error));
    const { id } = row.data;
    const twin = lines.get(id);
    if (twin !== undefined) {
      throw invalidLine(file, line, `the id ${JSON.stringify(id)} stands in line ${twin} already`);
    }
    lines.set(id, line);
    return { line, said: withoutUndefined(row.data) as Feedback };
  });
}

function parsedLine(line: string, file: string, number: number): unknown {
  try {
    return parseJson(line);
  } catch (error) {
    throw invalidLine(file, number, `it is not JSON (${messageOf(error)})`);
  }
}

function checkHeader(format: unknown, version: unknown, file: string, line: number): void {
  if (format !== feedbackFormat.name) {
    const problem = `its format is ${JSON.stringify(format)}, not "${feedbackFormat.name}"`;
    throw invalidLine(file, line, problem);
  }
  if (version === feedbackFormat.version) return;
  throw new HoneError("FORMAT_UNKNOWN_VERSION", {
    file,
    format: feedbackFormat.name,
    found: JSON.stringify(version) ?? "none",
    known: feedbackFormat.version,
  });
}

export const invalidLine = (file: string, line: number, problem: string): HoneError =>
  new HoneError("FEEDBACK_LINE_INVALID", { file, line, problem });
