/** What a task says, by which it is known under another id: what is learned from must not be held out as well. */
import type { Task } from "./rollout.ts";

/**
 * What each of some tasks is known by: its content, as `taskContent`. Where tasks with different ids mostly have the same
 * content, such as the label that is to be found while the text is the id, the id is what tells tasks apart, and counts as
 * content, too.
 *
 * @returns a function that gives a task's content; tasks that say the same have the same
 * @example contentOf([{ id: "order 1: refund", team: "billing" }, { id: "order 2: invoice", team: "billing" }])
 */
export function contentOf(tasks: readonly Task[]): (task: Task) => string {
  const alone = (task: Task): string => taskContent(task) ?? JSON.stringify(task.id);
  const tellsApart = new Set(tasks.map(alone)).size >= tasks.length / 2;
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
