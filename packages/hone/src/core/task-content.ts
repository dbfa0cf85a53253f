/** What a task says, by which it is known under another id: what is learned from must not be held out as well. */
import type { Task } from "./rollout.ts";

/**
 * How tasks are compared: by everything but their ids, so that a task is found again under another id.
 *
 * Where four or more tasks share a content on average, the content is taken for a label and the id for the text (such as
 * `{ id: "order 7: refund", team: "billing" }`), and the id is compared, too. A list that repeats every task four times under
 * different ids looks the same, so its repeats are not found.
 *
 * @param tasks  decide whether contents tell tasks apart
 * @returns a function from a task to a text that is equal for equal tasks
 * @example contentOf(tasks)({ id: "1", question: "2 + 2" }); // '[["question","2 + 2"]]'
 */
export function contentOf(tasks: readonly Task[]): (task: Task) => string {
  const alone = (task: Task): string => taskContent(task) ?? JSON.stringify(task.id);
  const tellsApart = 4 * new Set(tasks.map(alone)).size > tasks.length;
  return tellsApart ? alone : (task) => `${JSON.stringify(task.id)} ${alone(task)}`;
}

/**
 * Everything of a task but its id, whatever the order of its fields.
 * @returns undefined where that is nothing, or is no JSON
 * @example taskContent({ id: "1", question: "2 + 2" }) // '[["question","2 + 2"]]'
 */
function taskContent({ id: _id, ...fields }: Task): string | undefined {
  const sorted = Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length === 0) return undefined;
  try {
    return JSON.stringify(sorted);
  } catch {
    return undefined;
  }
}
