/** Held-out tasks that are also trained on: success on them does not say whether the agent got better. */
import type { Task } from "./rollout.ts";
import { contentOf } from "./task-content.ts";

/** Ids that a message names. */
const MAX_NAMED = 3;

/** Tasks of both splits. */
export interface SplitTasks {
  readonly train: readonly Task[];
  readonly test: readonly Task[];
}

/** The test tasks that are also training tasks, by their ids or by everything else in them. */
export function sharedTasks({ train, test }: SplitTasks): readonly Task[] {
  const ids = new Set(train.map(({ id }) => id));
  const content = contentOf(train);
  const contents = new Set(train.map(content));
  return test.filter((task) => ids.has(task.id) || contents.has(content(task)));
}

/** The ids of the first of some tasks, as a message names them. */
export function firstIds(tasks: readonly Task[]): string {
  const names = tasks.slice(0, MAX_NAMED).map(({ id }) => JSON.stringify(id));
  return `${names.join(", ")}${tasks.length > MAX_NAMED ? ", …" : ""}`;
}
