/** `hone tasks import tau2`: the tasks of τ²-bench's shop as a file of tasks, beside a copy of its database and its policy. */
import { copyFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { jsonLine } from "../../data/export-lines.ts";
import { readTau2Retail, type Tau2Task } from "../../data/tau2/retail-tasks.ts";
import { answerOf, copyOfDatabase } from "../../domains/tau/retail/retail-desk.ts";
import type { RetailTask } from "../../data/tau2/retail-task.ts";
import { makeFolders } from "../../formats/make-folders.ts";
import { writeFileWhole } from "../../formats/whole-write.ts";
import { namedChatModel } from "../../agents/named-chat-model.ts";
import type { ImportedTasks, ImportOptions } from "./benchmarks.ts";

/**
 * Imports the shop of τ²-bench: a line for each task, with the split that the benchmark gives it. The calls of its right agents are run, so that
 * the tools are known to work on its data.
 * @param folder  a checkout of the benchmark, or an unpacked package that has its files
 * @param out     a folder
 * @throws TAU2_UNREADABLE, WRITE_FAILED; for a customer as `namedChatModel`
 */
export async function importTau2(
  folder: string,
  out: string,
  { customer }: ImportOptions,
): Promise<ImportedTasks> {
  if (customer !== undefined) await namedChatModel(customer);
  const { databaseFile, policy, tasks, splits } = readTau2Retail(folder);
  await makeFolders(resolve(out));
  const files = { database: "database.json", policy: "policy.md" };
  const database = resolve(out, files.database);
  await copyFile(databaseFile, database);
  await writeFileWhole(join(out, files.policy), policy);
  const test = new Set(splits["test"]);
  const splitOf = ({ id }: Tau2Task): "train" | "test" => (test.has(id) ? "test" : "train");
  const own = tasks.map((task) => taskOf(task, files, customer));
  const lines = own.map((task, i) =>
    jsonLine({ ...task, benchmark: "tau2", split: splitOf(tasks[i]!) }),
  );
  const file = join(out, "tasks.jsonl");
  await writeFileWhole(file, lines.join(""));
  const refusals = own.flatMap((task) => {
    const data = copyOfDatabase(database);
    return task.calls.map((call) => answerOf(data, call).isRefused);
  });
  const refused = refusals.filter(Boolean).length;
  const testCount = tasks.filter((task) => splitOf(task) === "test").length;
  const asserted = tasks.filter(
    ({ evaluation_criteria: { nl_assertions: words } }) => words?.length,
  );
  const facts = { calls: refusals.length, refused, asserted: asserted.length };
  return {
    out: file,
    tasks: tasks.length,
    splits: { train: tasks.length - testCount, test: testCount },
    facts,
    notes: [
      `of ${refusals.length} calls of right agents the tools refused ${refused}`,
      ...assertedText(asserted.length),
    ],
  };
}

/** Tasks with assertions in words, which are not checked. */
function assertedText(count: number): readonly string[] {
  if (count === 0) return [];
  const tasks = count === 1 ? "1 task has" : `${count} tasks have`;
  return [`${tasks} assertions in words, which are not checked`];
}

function taskOf(
  { id, user_scenario: { instructions }, evaluation_criteria: wanted }: Tau2Task,
  files: Pick<RetailTask, "database" | "policy">,
  model: string | undefined,
): RetailTask {
  return {
    id: `tau2-retail-${id}`,
    ...files,
    customer: {
      reason: instructions.reason_for_call,
      known: instructions.known_info,
      unknown: instructions.unknown_info,
      instructions: instructions.task_instructions,
      ...(model !== undefined && { model }),
    },
    calls: wanted.actions.map(({ name, arguments: given }) => ({ name, arguments: given })),
    outputs: wanted.communicate_info ?? [],
  };
}
