/** A table of meetings that a user gives (`--data`). A run copies it into its folder and reads the copy from then on. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { HoneError } from "../../../core/errors.ts";
import { Random } from "../../../core/random.ts";
import { type MeetingRow, readMeetingCsv, textTasks } from "../../../domains/meetings/rows.ts";
import type { TextTask } from "../../../domains/meetings/tasks.ts";
import { makeFolder, writeWhole } from "../../../runs/run-files.ts";
import { shortPath } from "../../training/run-figures.ts";
import { fileDigest } from "../../user-module.ts";
import type { MeetingPaths } from "./meetings-folder.ts";
import type { ResolvedMeetings } from "./resolved-settings.ts";

/** The rows of phase 1. */
export interface SftRows {
  readonly train: readonly MeetingRow[];
  readonly test: readonly TextTask[];
  readonly note: string;
  /** Lines of the file that cannot be used. */
  readonly bad: readonly { readonly line: number; readonly problem: string }[];
  readonly file: string;
}

type TableSettings = Pick<ResolvedMeetings, "testRows" | "seed"> & { readonly data: string };

/** The file that is read: the run's copy, where it has one. */
const fileOf = (data: string, paths: MeetingPaths | undefined): string =>
  paths !== undefined && existsSync(paths.data) ? paths.data : data;

/**
 * What a run records of its table: nothing where the table is drawn.
 * @param paths  of the run that is resumed
 * @throws as `givenRows`
 */
export async function tableFacts(
  { data, testRows, seed }: Pick<ResolvedMeetings, "data" | "testRows" | "seed">,
  paths: MeetingPaths | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly dataDigest?: string }> {
  if (data === undefined) return {};
  await givenRows({ data, testRows, seed }, paths, signal);
  return { dataDigest: await fileDigest(fileOf(data, paths)) };
}

/** Copies the table into the run folder. */
export async function keepTable(data: string | undefined, paths: MeetingPaths): Promise<void> {
  if (data === undefined || existsSync(paths.data)) return;
  await makeFolder(dirname(paths.data));
  await writeWhole(paths.data, await readFile(data));
}

/** The share of a user's rows that is held out, at most as many as `testRows`. */
const HELD_OUT = 0.2;

/**
 * The rows of a table, of which a share is held out.
 * @throws DATA_EMPTY without a row that can be used; CONFIG_INVALID where none can be held out; as `readMeetingCsv`
 */
export async function givenRows(
  { data, testRows, seed }: TableSettings,
  paths: MeetingPaths | undefined,
  signal: AbortSignal | undefined,
): Promise<SftRows> {
  const { rows, bad } = await readMeetingCsv(fileOf(data, paths), signal);
  const file = shortPath(data);
  if (rows.length === 0) {
    const [first] = bad;
    const where = first === undefined ? file : `${file}: line ${first.line}: ${first.problem}`;
    throw new HoneError("DATA_EMPTY", { where, item: "meeting that can be used" });
  }
  const split = splitRows(rows, testRows, seed);
  if (split.test.length === 0) {
    const problem = `${file} has ${split.texts} different ${split.texts === 1 ? "text" : "texts"}, of which a fifth is held out to measure the model on; give at least ${1 / HELD_OUT}.`;
    throw new HoneError("CONFIG_INVALID", { where: "--data", problem });
  }
  const test = textTasks(split.test, ({ line }) => `line-${line}`);
  const note = `${file}: ${split.train.length} meetings to learn from, ${test.length} held out`;
  return { train: split.train, test, note, bad, file };
}

/** Splits rows by their texts, so that no text is on both sides. The seed draws which are held out. */
function splitRows(rows: readonly MeetingRow[], max: number, seed: number) {
  const texts = [...new Set(rows.map(({ text }) => text))];
  const drawn = new Random("held-out meetings", seed).shuffle(texts);
  const heldOut = new Set(drawn.slice(0, Math.min(max, Math.floor(HELD_OUT * texts.length))));
  const test = new Map(rows.filter(({ text }) => heldOut.has(text)).map((row) => [row.text, row]));
  return {
    train: rows.filter(({ text }) => !heldOut.has(text)),
    test: [...test.values()],
    texts: texts.length,
  };
}
