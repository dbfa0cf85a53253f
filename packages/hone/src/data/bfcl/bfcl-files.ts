/** The files of BFCL v4, as the package `bfcl-eval` has them: questions with functions, and possible answers apart. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { HoneError, isHoneError, messageOf } from "../../core/errors.ts";
import { fileReason } from "../../core/file-reason.ts";
import { exactJson } from "../../core/json.ts";
import { writtenText } from "../../core/written-json.ts";
import { readDataFile } from "../data-file.ts";
import { type DataEntry, entryError, parseEntry, refusal } from "../data-line-error.ts";
import {
  bfclCategories,
  type BfclCategory,
  bfclCategoryNames,
  bfclFunction,
  bfclMessage,
  type BfclTask,
} from "./bfcl-task.ts";

/** What was read of a copy of the benchmark. */
export interface BfclCopy {
  readonly tasks: readonly BfclTask[];
  /** Categories that are not imported, with their lines: other languages, several turns, memory, search. */
  readonly leftOut: Readonly<Record<string, number>>;
}

const prefix = "BFCL_v4_";
const answersFolder = "possible_answer";

const question = z.looseObject({
  id: z.string(),
  question: z.array(z.array(bfclMessage).min(1)).length(1),
  function: z.array(bfclFunction),
});

const possibleAnswer = z.looseObject({
  id: z.string(),
  // The call of a function by its name: each parameter has a list of values that are right.
  ground_truth: z
    .array(
      z
        .record(z.string(), z.record(z.string(), z.array(z.unknown())))
        .refine((call) => Object.keys(call).length === 1, "expected one function for each call"),
    )
    .min(1),
});

/**
 * Reads a folder that has the benchmark's data somewhere inside: a checkout, or the unpacked package.
 * @throws BFCL_UNREADABLE for a folder without its files; DATA_LINE_INVALID for a line of another shape, and a question without its answer
 */
export async function readBfcl(folder: string): Promise<BfclCopy> {
  const found = dataFolder(folder);
  const names = categoriesIn(found);
  const tasks: BfclTask[] = [];
  const leftOut: Record<string, number> = {};
  for (const name of names) {
    const category = bfclCategoryNames.find((one) => one === name);
    if (category === undefined) leftOut[name] = (await linesOf(fileOf(found, name))).length;
    else tasks.push(...(await tasksOf(found, category)));
  }
  return { tasks, leftOut };
}

const fileOf = (folder: string, category: string): string =>
  join(folder, `${prefix}${category}.json`);

async function tasksOf(folder: string, category: BfclCategory): Promise<readonly BfclTask[]> {
  const file = fileOf(folder, category);
  const goal = bfclCategories[category];
  const answers =
    goal === "answers" ? await answersIn(fileOf(join(folder, answersFolder), category)) : undefined;
  const level = bfclCategoryNames.indexOf(category) + 1;
  return (await linesOf(file)).map((entry) => {
    const { id, question: asked, function: functions } = parsedLine(entry, question);
    const right = answers?.get(id);
    if (answers !== undefined && right === undefined)
      throw entryError(entry, `${id} has no line in ${answersFolder}`);
    return {
      ...{ id, category, level, messages: asked[0]!, functions },
      ...(right !== undefined && { answers: right }),
    };
  });
}

/** The possible answers by the ids of questions, as JSON text. */
async function answersIn(file: string): Promise<ReadonlyMap<string, string>> {
  const entries = await linesOf(file);
  return new Map(
    entries.map((entry) => {
      const { id, ground_truth: truth } = parsedLine(entry, possibleAnswer);
      return [id, truthText(entry) ?? JSON.stringify(truth)];
    }),
  );
}

/** The text of the answers as it was written, where JavaScript would write another: 5.0 stays 5.0. */
function truthText({ text }: DataEntry): string | undefined {
  const line = exactJson(text);
  return writtenText((line as { readonly ground_truth?: unknown }).ground_truth);
}

/** @throws BFCL_UNREADABLE */
async function linesOf(file: string): Promise<readonly DataEntry[]> {
  try {
    return (await readDataFile(file, "tasks")).entries;
  } catch (error) {
    if (!isHoneError(error)) throw error;
    throw unreadable(file, existsSync(file) ? messageOf(error) : "there is no such file", error);
  }
}

/** @throws DATA_LINE_INVALID */
function parsedLine<Value>(entry: DataEntry, schema: z.ZodType<Value>): Value {
  const json = parseEntry(entry);
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw refusal(entry, { json, issues: result.error.issues, knownAt: () => [] });
}

const unreadable = (path: string, reason: string, cause?: unknown): HoneError =>
  new HoneError("BFCL_UNREADABLE", { path, reason }, { cause });

const categoriesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith(".json"))
    .map((name) => name.slice(prefix.length, -".json".length))
    .toSorted();

/** The folder that has the questions, with the answers inside. */
function dataFolder(folder: string): string {
  const found = foldersWithAnswers(folder).find((path) => categoriesIn(path).length > 0);
  if (found !== undefined) return found;
  const reason = `it has no folder with ${prefix}….json and ${answersFolder}`;
  throw unreadable(folder, reason);
}

function foldersWithAnswers(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.split(/[/\\]/).at(-1) === answersFolder)
      .map((path) => join(folder, dirname(path)))
      .toSorted((a, b) => a.length - b.length);
  } catch (error) {
    throw unreadable(folder, fileReason(error), error);
  }
}
