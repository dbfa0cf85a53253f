/** Feedback as CSV. The first line names the columns, which are the keys of hone.feedback; an empty cell means an absent key. */
import { Readable } from "node:stream";
import {
  checkLines,
  type CompleteRow,
  type FeedbackLine,
  invalidLine,
} from "../formats/feedback-format.ts";
import { CsvProblem, type CsvRecord, csvRecords } from "./tables/csv.ts";

const columns = [
  "kind",
  "id",
  "author",
  "at",
  "reason",
  "traceId",
  "rating",
  "low",
  "high",
  "first",
  "second",
  "preferred",
  "answer",
];
const numbers = ["rating", "low", "high", "at"];

/** Reads the feedback in a CSV text. @throws FEEDBACK_LINE_INVALID for the first line that is wrong */
export async function readFeedbackCsv(
  content: string,
  file: string,
  complete?: CompleteRow,
): Promise<FeedbackLine[]> {
  const [head, ...rows] = await recordsOf(content, file);
  const names = (head?.cells ?? []).map((name) => name.trim());
  const wrong = names.find((name, i) => !columns.includes(name) || names.indexOf(name) !== i);
  if (head !== undefined && wrong !== undefined) {
    const problem = columns.includes(wrong)
      ? `the column ${wrong} stands there twice`
      : `there is no column ${JSON.stringify(wrong)}; there are ${columns.join(", ")}`;
    throw invalidLine(file, head.line, problem);
  }
  const values = rows.map(({ line, cells }) => {
    if (cells.length !== names.length) {
      throw invalidLine(file, line, `it has ${cells.length} cells for ${names.length} columns`);
    }
    return { line, value: rowOf(names, cells) };
  });
  return checkLines(values, file, complete);
}

async function recordsOf(content: string, file: string): Promise<readonly CsvRecord[]> {
  const records: CsvRecord[] = [];
  try {
    for await (const record of csvRecords(Readable.from([content]))) records.push(record);
  } catch (error) {
    if (!(error instanceof CsvProblem)) throw error;
    throw invalidLine(file, error.line, error.message);
  }
  return records;
}

function rowOf(names: readonly string[], cells: readonly string[]): Record<string, unknown> {
  const given = names.flatMap((name, i) => {
    const text = cells[i]!;
    if (text.trim() === "") return [];
    const isNumber = numbers.includes(name) && Number.isFinite(Number(text));
    return [[name, isNumber ? Number(text) : text] as const];
  });
  return Object.fromEntries(given);
}
