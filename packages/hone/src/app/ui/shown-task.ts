/** A task as lists of the dashboard name it. */
import type { StoredGroup } from "../../rollouts/stored-rollouts.ts";

/** Characters of a task and of a reply that lists show. */
export const SHOWN_CHARACTERS = 300;

/** What the model was last told by the user before its first turn, else the task as JSON. */
export function taskText({ task, rollouts }: StoredGroup): string {
  const turns = rollouts.find((one) => one.turns.length > 0)?.turns ?? [];
  const asked = turns[0]?.messages.findLast(({ role }) => role === "user");
  return (asked?.content || JSON.stringify(task)).slice(0, SHOWN_CHARACTERS);
}
