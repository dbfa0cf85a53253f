/** `hone tasks import bfcl`: the single-turn tasks of BFCL v4 as a file of tasks. */
import { join } from "node:path";
import { randomBits } from "../../core/random.ts";
import { readBfcl } from "../../data/bfcl/bfcl-files.ts";
import { bfclCategoryNames, type BfclTask } from "../../data/bfcl/bfcl-task.ts";
import { jsonLine } from "../../data/export-lines.ts";
import { writeOutput } from "../../formats/whole-write.ts";
import type { ImportedTasks } from "./benchmarks.ts";

/** One of so many questions is held out. */
const QUESTIONS_FOR_ONE_HELD_OUT = 5;

/**
 * Imports the tasks with one turn and functions in Python: a line for each. The benchmark has no split of its own; a hash of what is said
 * holds out one question in five, in whatever category it is asked.
 * @param folder  a checkout of the benchmark, or the unpacked package
 * @param out     a folder
 * @throws as `readBfcl`; WRITE_FAILED
 */
export async function importBfcl(folder: string, out: string): Promise<ImportedTasks> {
  const { tasks, leftOut } = await readBfcl(folder);
  const file = join(out, "tasks.jsonl");
  const lines = tasks.map((task) =>
    jsonLine({ ...task, benchmark: "bfcl", split: isHeldOut(task) ? "test" : "train" }),
  );
  await writeOutput(file, lines.join(""));
  const test = tasks.filter(isHeldOut).length;
  const categories = Object.fromEntries(
    bfclCategoryNames.map((name) => [
      name,
      tasks.filter(({ category }) => category === name).length,
    ]),
  );
  const leftOutCount = Object.values(leftOut).reduce((sum, count) => sum + count, 0);
  return {
    out: file,
    tasks: tasks.length,
    splits: { train: tasks.length - test, test },
    facts: { categories, leftOut },
    notes: [
      `levels: ${bfclCategoryNames.map((name, i) => `${i + 1} ${name} (${categories[name]})`).join(", ")}`,
      `left out ${leftOutCount}: ${countsText(leftOut)}`,
    ],
  };
}

function isHeldOut({ messages }: BfclTask): boolean {
  const said = messages.map(({ role, content }) => `${role}: ${content}`).join("\n");
  return randomBits("bfcl held out", said) % QUESTIONS_FOR_ONE_HELD_OUT === 0;
}

const countsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} (${count})`)
    .join(", ") || "nothing";
