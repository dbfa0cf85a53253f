/** The tasks of `hone rollout`: one question, those of a file, or those that the domain draws. */
import { readFile } from "node:fs/promises";
import { HoneError } from "../../../core/errors.ts";
import { fileReason } from "../../../core/file-reason.ts";
import { nearestFact } from "../../../core/known-options.ts";
import type { Task } from "../../../core/rollout.ts";
import { type DataEntry, entryError } from "../../../data/data-line-error.ts";
import { type FileTask, readTasks } from "../../../data/task-file.ts";
import type { Domain } from "../../domains.ts";

/** Which tasks are tried. With `question` or `tasks` nothing is drawn. */
export interface RolloutTasksOptions {
  /** A problem in words, as the domain's `problem` reads it. */
  readonly question?: string | undefined;
  /** A file whose text stands behind every question, after an empty line: captions, a document. */
  readonly context?: string | undefined;
  /** A file of tasks: lines with a `question`, or tasks as the domain makes them. */
  readonly tasks?: string | undefined;
  /** How many tasks are drawn. */
  readonly count: number;
  readonly levels: readonly number[];
  readonly split: "train" | "test";
  /** Decides which tasks are drawn. */
  readonly seed: number;
}

/** A task, and whether it may be learned from. */
export interface RolloutTask {
  readonly task: Task;
  readonly split: "train" | "test";
}

/**
 * The tasks that are asked for.
 * @throws CONFIG_INVALID for two sources, and for a context without a question; PROBLEM_INVALID, DOMAIN_PROBLEMS_ABSENT; DATA_LINE_INVALID; as
 *   `readTasks` and the domain's `tasks`
 */
export async function rolloutTasks(
  domain: Domain,
  options: RolloutTasksOptions,
): Promise<readonly RolloutTask[]> {
  const { question, tasks: file, context, count, levels, split, seed } = options;
  if (question !== undefined && file !== undefined)
    throw invalid("--question", "it is one task, and --tasks is a file of them; leave one out.");
  if (context !== undefined && question === undefined && file === undefined)
    throw invalid("--context", "it stands behind a question; give --question or --tasks, too.");
  const behind = context === undefined ? "" : `\n\n${await contextOf(context)}`;
  if (question !== undefined)
    return [{ task: domain.problem(`${question}${behind}`), split: "train" }];
  if (file === undefined)
    return domain.tasks({ split, count, levels, seed }).map((task) => ({ task, split }));
  const { train, test } = await readTasks(file, { share: 0, max: 0, seed });
  if ([...train, ...test].some(({ task }) => "benchmark" in task)) {
    const problem = `${file} holds tasks of a benchmark, which are a domain of their own: npx hone rollout ${file}.`;
    throw invalid("--tasks", problem);
  }
  const own = ownFields(domain);
  const taskOf = ({ task, entry }: FileTask): Task => {
    const asked = questionTask(domain, task, behind);
    if (asked === undefined) checkOwnTask(own, task, entry);
    return asked ?? task;
  };
  return [
    ...train.map((one) => ({ task: taskOf(one), split: "train" as const })),
    ...test.map((one) => ({ task: taskOf(one), split: "test" as const })),
  ];
}

/** The fields of a domain's own tasks, by some that it draws of each level. */
function ownFields(domain: Domain): readonly string[] {
  const levels = Array.from({ length: domain.levels ?? 1 }, (_, i) => i + 1);
  const drawn = domain.tasks({ split: "train", count: 10 * levels.length, levels, seed: 0 });
  return [...new Set(drawn.flatMap(fieldsOf))];
}

const fieldsOf = (task: Task): readonly string[] => Object.keys(task).filter((key) => key !== "id");

/** @throws DATA_LINE_INVALID for a line that is neither a question nor has a field of the domain's own tasks */
function checkOwnTask(own: readonly string[], line: Task, entry: DataEntry): void {
  if (own.length === 0 || own.some((key) => Object.hasOwn(line, key))) return;
  const known = ["question", ...own];
  const hints = fieldsOf(line).flatMap((given) => {
    const { nearest } = nearestFact(given, known);
    return nearest === undefined ? [] : [` (did you mean "${nearest}" by "${given}"?)`];
  });
  const fields = `neither a "question" nor a field of this domain's own tasks: ${own.join(", ")}`;
  throw entryError(entry, `it has ${fields}${hints.join("")}`);
}

/** What a line that is a question in words may hold. Any other field says that the line is a task of the domain's own. */
const questionFields = new Set(["id", "question", "context"]);

/** The task of a line with a question alone; undefined for a task as the domain makes it. */
function questionTask(domain: Domain, line: Task, behind: string): Task | undefined {
  const { id, question, context } = line as Task & Readonly<Record<string, unknown>>;
  const isQuestion = Object.keys(line).every((key) => questionFields.has(key));
  if (!isQuestion || typeof question !== "string") return undefined;
  const own = typeof context === "string" ? `\n\n${context}` : behind;
  return { ...domain.problem(`${question}${own}`), id };
}

async function contextOf(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new HoneError(
      "DATA_UNREADABLE",
      { file, reason: fileReason(cause), holds: "text" },
      { cause },
    );
  });
}

const invalid = (where: string, problem: string): HoneError =>
  new HoneError("CONFIG_INVALID", { where, problem });
