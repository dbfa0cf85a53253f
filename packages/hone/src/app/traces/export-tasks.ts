/** Writes the tasks of a store's traces as lines of a file that `--tasks` reads. */
import { HoneError } from "../../core/errors.ts";
import { shownAddress } from "../../core/shown-address.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import { jsonLine, writeLines } from "../../data/export-lines.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { type TraceTasks, tasksOfTraces } from "./trace-tasks.ts";
import { type StoreAt, withStore } from "./with-store.ts";

/** What was written, and what gave no task. */
export interface TasksReport extends Pick<TraceTasks, "leftOut" | "changedCalls"> {
  readonly tasks: number;
  /** Tasks that are held out. */
  readonly heldOut: number;
  readonly sessions: number;
  /** Calls of tools in all tasks. */
  readonly calls: number;
}

/**
 * The tasks of the traces that a filter finds.
 * @param heldOut  as `tasksOfTraces` takes it
 * @throws as `withStore`; TRACES_NO_TASKS
 */
export async function readTraceTasks(
  at: StoreAt,
  filter: TraceFilter,
  heldOut: number,
): Promise<TraceTasks> {
  return withStore(at, (store) => tasksOfStore(store, filter, heldOut));
}

/** As `readTraceTasks`, of a store that is open. @throws TRACES_NO_TASKS */
export async function tasksOfStore(
  store: TraceStore,
  filter: TraceFilter,
  heldOut: number,
): Promise<TraceTasks> {
  const read = await tasksOfTraces(store.traces(filter), heldOut);
  if (read.tasks.length > 0) return read;
  const { agent } = filter;
  throw new HoneError("TRACES_NO_TASKS", {
    store: shownAddress(store.url),
    ...(agent !== undefined && { agent }),
    leftOut: leftOutText(read),
  });
}

/** Writes one task a line, whole or not at all. @throws as `readTraceTasks` and `writeFileWhole` */
export async function exportTasks(
  at: StoreAt,
  file: string,
  { filter, heldOut }: { readonly filter: TraceFilter; readonly heldOut: number },
): Promise<TasksReport> {
  const read = await readTraceTasks(at, filter, heldOut);
  await writeTraceTasks(file, read);
  return reportOf(read);
}

/** The tasks as lines of a file. @throws as `writeFileWhole` */
export const writeTraceTasks = (file: string, { tasks }: TraceTasks): Promise<void> =>
  writeLines(file, taskLines(tasks), () => undefined);

/** The tasks as lines of JSON. */
export async function* taskLines(tasks: readonly object[]): AsyncGenerator<string> {
  for (const task of tasks) yield jsonLine(task);
}

/** The counts of tasks. */
export function reportOf({ tasks, changedCalls, leftOut }: TraceTasks): TasksReport {
  return {
    tasks: tasks.length,
    heldOut: tasks.filter(({ split }) => split === "test").length,
    sessions: new Set(tasks.map(({ session }) => session)).size,
    calls: tasks.reduce((sum, { calls }) => sum + calls.length, 0),
    changedCalls,
    leftOut,
  };
}

/** @example changedCallsText({ changedCalls: 2 }); // "2 calls were cut or held secrets, and answer nothing" */
export const changedCallsText = ({
  changedCalls: count,
}: Pick<TasksReport, "changedCalls">): readonly string[] =>
  count === 0
    ? []
    : [
        `${count} ${count === 1 ? "call was cut or held secrets, and answers" : "calls were cut or held secrets, and answer"} nothing`,
      ];

/** @example leftOutText({ leftOut: { duplicate: 2 } }); // "2 duplicate" */
export const leftOutText = ({ leftOut }: Pick<TraceTasks, "leftOut">): string =>
  Object.entries(leftOut)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(", ");
