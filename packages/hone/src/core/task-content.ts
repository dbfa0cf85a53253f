/** What a task says, by which it is known under another id: what is learned from must not be held out as well. */
import type { Task } from "./rollout.ts";

/**
 * Everything of a task but its id, whatever the order of its fields.
 * @returns undefined where that is nothing, or is no JSON
 * @example taskContent({ id: "1", question: "2 + 2" }) // '[["question","2 + 2"]]'
 */
export function taskContent({ id: _id, ...fields }: Task): string | undefined {
  const sorted = Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length === 0) return undefined;
  try {
    return JSON.stringify(sorted);
  } catch {
    return undefined;
  }
}
