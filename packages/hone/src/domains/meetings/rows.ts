/**
 * The table that supervised learning begins from: a meeting's text with a rater's judgement and the truth, as CSV.
 *
 *     input_text,target_probability,target_reason,ground_truth_prob
 */
import { Random } from "../../core/random.ts";
import { type BadCsvRow, csvText, readCsvRows } from "../../data/tables/csv.ts";
import { RATER_NOISE } from "./expert.ts";
import { type Factor, factors, truthOf } from "./model.ts";
import type { MeetingTask, TextTask } from "./tasks.ts";

/** The columns, in their order. */
const meetingColumns = [
  "input_text",
  "target_probability",
  "target_reason",
  "ground_truth_prob",
] as const;

/** A row of the table. */
export interface MeetingRow {
  /** Its line in the file, from 1, where it was read from one. */
  readonly line?: number;
  /** What is read of the meeting. */
  readonly text: string;
  /** The probability as a human rater would say it: the true one with a normal error of deviation 0.1, cut to [0, 1]. */
  readonly probability: number;
  /** The factor that moves the probability most. */
  readonly reason: Factor;
  /** The true probability. */
  readonly truth: number;
}

/** The rows of meetings. @param seed  decides the rater's errors */
export const meetingRows = (tasks: readonly MeetingTask[], seed = 0): readonly MeetingRow[] =>
  tasks.map(({ text, meeting }) => {
    const { probability: truth, reason } = truthOf(meeting);
    const error = RATER_NOISE * new Random("rater", seed, text).normal();
    const probability = hundredths(Math.max(0, Math.min(1, truth + error)));
    return { text, probability, reason, truth: Math.round(truth * 1e4) / 1e4 };
  });

const hundredths = (value: number): number => Math.round(value * 100) / 100;

/** The tasks of rows: to predict from the text. @param idOf  names each */
export const textTasks = (
  rows: readonly MeetingRow[],
  idOf: (row: MeetingRow, index: number) => string,
): readonly TextTask[] =>
  rows.map((row, i) => ({
    id: idOf(row, i),
    text: row.text,
    truth: { probability: row.truth, reason: row.reason },
  }));

/** The text of a CSV file. */
export const meetingCsv = (rows: readonly MeetingRow[]): string =>
  csvText(
    meetingColumns,
    rows.map(({ text, probability, reason, truth }) => [
      text,
      probability.toFixed(2),
      reason,
      String(truth),
    ]),
  );

/** What a file holds. */
export interface MeetingFile {
  /** The rows that can be used, in their order. */
  readonly rows: readonly MeetingRow[];
  /** Rows that cannot be used, with what is wrong with each. */
  readonly bad: readonly BadCsvRow[];
}

/**
 * Reads a table of meetings. Rows that cannot be used are handed back with their lines; nothing in them is guessed.
 * @throws DATA_UNREADABLE; DATA_EMPTY; DATA_LINE_INVALID for a column that is missing or there twice
 * @example const { rows, bad } = await readMeetingCsv("data/sft_training_data.csv");
 */
export async function readMeetingCsv(file: string, signal?: AbortSignal): Promise<MeetingFile> {
  const rows: MeetingRow[] = [];
  const bad: BadCsvRow[] = [];
  const onBadRow = (row: BadCsvRow): void => void bad.push(row);
  const read = readCsvRows(file, {
    ...{ columns: meetingColumns, holds: "meetings", onBadRow },
    ...(signal && { signal }),
  });
  for await (const { line, values } of read) {
    const row = rowOf(values);
    if (typeof row === "string") bad.push({ line, problem: row });
    else rows.push({ line, ...row });
  }
  return { rows, bad: bad.toSorted((a, b) => a.line - b.line) };
}

/** A row, or what is wrong with it. */
function rowOf(values: Readonly<Record<string, string>>): MeetingRow | string {
  const { input_text: text = "", target_reason = "" } = values;
  const [probability, truth] = [
    shareIn(values, "target_probability"),
    shareIn(values, "ground_truth_prob"),
  ];
  const reason = factors.find((factor) => factor === target_reason.trim());
  if (text.trim() === "") return "input_text is empty";
  if (typeof probability === "string") return probability;
  if (reason === undefined)
    return `target_reason is ${JSON.stringify(target_reason)}, and must be one of ${factors.join(", ")}`;
  if (typeof truth === "string") return truth;
  return { text, probability, reason, truth };
}

function shareIn(values: Readonly<Record<string, string>>, column: string): number | string {
  const text = values[column]?.trim() ?? "";
  const value = text === "" ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1) return value;
  return `${column} is ${JSON.stringify(text)}, and must be a number from 0 to 1`;
}
