/**
 * Feedback as JSON Lines, format hone.feedback: one row for each thing said, written by hone or by hand.
 *
 * The first line may be a header with the format and its version; a file without one is read as version 1.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { HoneError, messageOf } from "../core/errors.ts";
import type { Feedback } from "../core/feedback.ts";
import { isObject } from "../core/json.ts";
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

/**
 * Reads a file of feedback.
 * @throws FEEDBACK_UNREADABLE, FEEDBACK_LINE_INVALID, FORMAT_UNKNOWN_VERSION
 */
export async function readFeedbackFile(file: string): Promise<Feedback[]> {
  let content: string;
  try {
    content = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: "there is no such file",
      EISDIR: "it is a folder",
      EACCES: "permission denied",
      ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8",
    };
    const reason = reasons[code ?? ""] ?? messageOf(error);
    throw new HoneError("FEEDBACK_UNREADABLE", { file, reason }, { cause: error });
  }
  return readFeedback(content, file);
}

/**
 * The feedback in a file's text; blank lines are passed over.
 *
 * @param file its path, for messages
 * @throws FEEDBACK_LINE_INVALID for the first line that is none of the kinds, FORMAT_UNKNOWN_VERSION for a later version
 */
export function readFeedback(content: string, file: string): Feedback[] {
  const lines = content.replace(/^\ufeff/, "").split(/\r?\n/);
  const ids = new Map<string, number>();
  const feedback: Feedback[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const value = parsedLine(line, file, i + 1);
    if (feedback.length === 0 && isObject(value) && "format" in value) {
      checkHeader(value["format"], value["version"], file, i + 1);
      continue;
    }
    const row = feedbackSchema.safeParse(value);
    if (!row.success) throw invalidLine(file, i + 1, problemsOf(row.error));
    const twin = ids.get(row.data.id);
    if (twin !== undefined) {
      throw invalidLine(
        file,
        i + 1,
        `the id ${JSON.stringify(row.data.id)} stands in line ${twin} already`,
      );
    }
    ids.set(row.data.id, i + 1);
    feedback.push(withoutUndefined(row.data) as Feedback);
  }
  return feedback;
}

function parsedLine(line: string, file: string, number: number): unknown {
  try {
    return JSON.parse(line);
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

const invalidLine = (file: string, line: number, problem: string): HoneError =>
  new HoneError("FEEDBACK_LINE_INVALID", { file, line, problem });
