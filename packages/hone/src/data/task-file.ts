/**
 * Reads a user's tasks: one JSON object a line (or one JSON list of them), of which some are learned and some held out.
 *
 *     {"id": "sum-1", "question": "2 + 2", "answer": 4, "split": "train"}
 *
 * `id` names the task; without it the line does ("line-3"). `split` says "train" or "test"; either all tasks say it, or none,
 * and then a share is held out, drawn by the seed and by what the tasks say. All other fields are the user's. `split` is
 * taken out of the task: it would tell the agent whether it is measured.
 */
import { HoneError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { randomBits } from "../core/random.ts";
import type { Task } from "../core/rollout.ts";
import { contentOf } from "../core/task-content.ts";
import { readDataFile } from "./data-file.ts";
import { type DataEntry, entryError, parseEntry } from "./data-line-error.ts";

/** One task of a file. */
export interface FileTask {
  /** What the agent is given: `id` and the user's own fields. */
  readonly task: Task;
  /** Where it stands in the file. */
  readonly entry: DataEntry;
}

/** A file of tasks, split. */
export interface TaskFile {
  /** To learn from, in the order of the file. */
  readonly train: readonly FileTask[];
  /** Only measured, in the order of the file. */
  readonly test: readonly FileTask[];
  /** Whether the tasks say their split themselves. */
  readonly isSplitGiven: boolean;
  /** SHA-256 of the file, by which a resumed run knows that the file is the same. */
  readonly digest: string;
}

/** How tasks that do not say their split are held out. */
export interface HeldOutTasks {
  /** Share of different tasks to hold out, rounded up; 0 holds none out. */
  readonly share: number;
  /** The most tasks to hold out, whatever the share. */
  readonly max: number;
  /** Decides which tasks are held out. */
  readonly seed: number;
}

/**
 * The tasks of a file, each on one side only. Tasks that are equal but for their ids are drawn together.
 * @throws DATA_UNREADABLE; DATA_EMPTY, also where nothing is left to learn from; DATA_LINE_INVALID naming the line: no JSON
 *         object, an id that is no text or is used twice, a split that is unknown or missing, a task in both splits
 * @example const { train, test } = await readTasks("tasks.jsonl", { share: 0.1, max: 100, seed: 0 });
 */
export async function readTasks(file: string, heldOut: HeldOutTasks): Promise<TaskFile> {
  const { entries, digest } = await readDataFile(file, "tasks");
  const tasks = entries.map(readTask);
  checkIds(tasks);
  const content = contentOf(tasks.map(({ task }) => task));
  const read = tasks.map((one) => ({ ...one, content: content(one.task) }));
  const isSplitGiven = read.some(({ split }) => split !== undefined);
  const isHeldOut = isSplitGiven ? givenSplit(read) : drawnSplit(read, heldOut);
  const train = read.filter((one) => !isHeldOut(one));
  if (train.length === 0) {
    throw new HoneError("DATA_EMPTY", { where: `${file}: tasks with "split": "train"` });
  }
  return { train, test: read.filter(isHeldOut), isSplitGiven, digest };
}

interface ReadTask extends FileTask {
  readonly split: "train" | "test" | undefined;
  /** What it says, by which it is known under another id. */
  readonly content: string;
}

function readTask(entry: DataEntry): Omit<ReadTask, "content"> {
  const json = parseEntry(entry);
  if (!isObject(json)) {
    const shown = entry.text.trim().slice(0, 40);
    throw entryError(
      entry,
      `a task is a JSON object such as {"id":"1","question":"…"}, got ${shown}`,
    );
  }
  const { split, id = `line-${entry.line}`, ...fields } = json;
  if (split !== undefined && split !== "train" && split !== "test") {
    throw entryError(entry, `expected "train" or "test", got ${JSON.stringify(split)}`, ["split"]);
  }
  const isName = (typeof id === "string" && id !== "") || typeof id === "number";
  if (!isName) {
    throw entryError(entry, `expected a text or a number, got ${JSON.stringify(id)}`, ["id"]);
  }
  const task = { id: String(id), ...fields };
  return { task, entry, split };
}

function checkIds(tasks: readonly Omit<ReadTask, "content">[]): void {
  const lines = new Map<string, number>();
  for (const { task, entry } of tasks) {
    const line = lines.get(task.id);
    if (line !== undefined) {
      const problem = `the id ${JSON.stringify(task.id)} names the task of line ${line} already; give each task an id of its own`;
      throw entryError(entry, problem);
    }
    lines.set(task.id, entry.line);
  }
}

/** @throws DATA_LINE_INVALID for a task without a split, and for one that is in both */
function givenSplit(tasks: readonly ReadTask[]): (task: ReadTask) => boolean {
  const missing = tasks.find(({ split }) => split === undefined);
  if (missing !== undefined) {
    const problem = `it has no "split", which other tasks of the file have; give it "train" or "test", or leave it out of all`;
    throw entryError(missing.entry, problem);
  }
  const trained = new Map(
    tasks.flatMap(({ split, content, entry }) =>
      split === "train" ? [[content, entry.line] as const] : [],
    ),
  );
  for (const { split, content, entry } of tasks) {
    const line = split === "test" ? trained.get(content) : undefined;
    if (line === undefined) continue;
    const problem = `it is held out, and the task of line ${line} to learn from says the same; what is learned cannot be measured`;
    throw entryError(entry, problem);
  }
  return ({ split }) => split === "test";
}

function drawnSplit(
  tasks: readonly ReadTask[],
  { share, max, seed }: HeldOutTasks,
): (task: ReadTask) => boolean {
  const contents = [...new Set(tasks.map(({ content }) => content))];
  // Slightly less, since 0.1 · 30 is a little more than 3 in floating point.
  const wanted = Math.ceil(share * contents.length - 1e-9);
  const drawn = new Set(
    contents
      .map((content) => ({ content, draw: randomBits("held out", seed, content) }))
      .toSorted((a, b) => a.draw - b.draw)
      .slice(0, Math.min(max, wanted, contents.length - 1))
      .map(({ content }) => content),
  );
  return ({ content }) => drawn.has(content);
}
