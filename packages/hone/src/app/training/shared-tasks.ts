/** Held-out tasks that are also trained on: success on them does not say whether the agent got better. */
import type { Task } from "../../core/rollout.ts";
import type { PipelineEvent } from "./pipeline-events.ts";

/** Ids that the warning names. */
const MAX_NAMED = 3;

/** A counted warning about tasks that are in both lists, by their ids or by everything else in them; none without such. */
export function sharedTasksWarning(tasks: {
  readonly train: readonly Task[];
  readonly test: readonly Task[];
}): Extract<PipelineEvent, { kind: "warning" }> | undefined {
  const ids = new Set(tasks.train.map(({ id }) => id));
  const contents = new Set(tasks.train.map(contentOf));
  const shared = tasks.test.filter((task) => {
    const content = contentOf(task);
    return ids.has(task.id) || (content !== undefined && contents.has(content));
  });
  if (shared.length === 0) return undefined;
  const names = shared.slice(0, MAX_NAMED).map(({ id }) => JSON.stringify(id));
  const more = shared.length > MAX_NAMED ? ", …" : "";
  return {
    kind: "warning",
    code: "HELD_OUT_SEEN",
    text: `${shared.length} of ${tasks.test.length} tasks of tasks.test are also in tasks.train (${names.join(", ")}${more}), by their ids or by their fields. What is trained on is not held out: success on these does not say whether the agent got better.`,
  };
}

/** Everything of a task but its id, as text; undefined where that is nothing or is no JSON. */
function contentOf({ id: _id, ...fields }: Task): string | undefined {
  const sorted = Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length === 0) return undefined;
  try {
    return JSON.stringify(sorted);
  } catch {
    return undefined;
  }
}
