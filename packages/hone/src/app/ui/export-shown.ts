/** The traces that the dashboard shows as a file: conversations to train on, tasks to evaluate and train with, or whole. */
import { HoneError } from "../../core/errors.ts";
import { exportLines } from "../../data/export-traces.ts";
import type { UiExporter } from "../../server/ui/ui-library.ts";
import { taskLines, tasksOfStore } from "../traces/export-tasks.ts";

/** The share of sessions that tasks only measure on, as `npx hone traces tasks` has it without an option. */
const HELD_OUT = 0.2;

export const exportShown: UiExporter = async function* (store, form, filter) {
  if (form === "tasks") {
    const { tasks } = await tasksOfStore(store, filter, HELD_OUT);
    yield* taskLines(tasks);
    return;
  }
  let count = 0;
  for await (const line of exportLines(store, { format: form, filter })) {
    count++;
    yield line;
  }
  if (count > 0) return;
  const reason = "none of those that are shown gives a line";
  throw new HoneError("TRACES_NONE", { store: store.url, reason });
};
