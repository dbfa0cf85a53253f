/** A file of tasks that `hone tasks import` wrote, as a domain: the benchmark's environment, reward and expert on these tasks. */
import { HoneError } from "../../core/errors.ts";
import { fieldsOf } from "../../core/json.ts";
import { readTasks } from "../../data/task-file.ts";
import { type BenchmarkName, benchmarkNames, benchmarks } from "../data/benchmarks.ts";
import type { Domain } from "./complete-domain.ts";

/**
 * Opens the domain of a file of tasks; all of its tasks are of one benchmark, which their field `benchmark` names.
 * @throws TASKS_WITHOUT_DOMAIN; DATA_LINE_INVALID for a task of another shape; as `readTasks` and `completeDomain`
 * @example const domain = await openTaskFile("bfcl-tasks/tasks.jsonl");
 */
export async function openTaskFile(file: string): Promise<Domain> {
  const read = await readTasks(file, { share: 0.2, max: Infinity, seed: 0 });
  const named = [...read.train, ...read.test].map(({ task }) => fieldsOf(task)["benchmark"]);
  return benchmarks[nameOf(file, [...new Set(named)])].domain(file, read);
}

/** @throws TASKS_WITHOUT_DOMAIN */
function nameOf(file: string, named: readonly unknown[]): BenchmarkName {
  const name = benchmarkNames.find((one) => named.length === 1 && one === named[0]);
  if (name !== undefined) return name;
  const shown = named.map((one) => (one === undefined ? "none" : JSON.stringify(one))).join(", ");
  const problem = `their field "benchmark" says ${shown}`;
  throw new HoneError("TASKS_WITHOUT_DOMAIN", { file, problem, names: benchmarkNames.join(", ") });
}
