/** How rollouts ended, in a few words each: what was done, and what went wrong by kind. */
import { isObject } from "../core/json.ts";
import type { Rollout } from "../core/rollout.ts";
import { UNREADABLE_ACTION } from "../core/unreadable-action.ts";
import type { Episode } from "../ports/environment.ts";

/**
 * How a rollout ended: "done"; "failed at" and a boundary, where it was not answered; of an episode "cut off", "a reply that
 * names no action", or the action that ended it; "not done" for any other answer.
 * @example outcomeOf(rollout); // "wrong state_answer"
 */
export function outcomeOf({ isSuccess, failure, answer }: Rollout): string {
  if (isSuccess) return "done";
  if (failure !== undefined) return `failed at ${failure.boundary}`;
  if (!isEpisode(answer)) return "not done";
  const { steps, terminated } = answer;
  if (!terminated) {
    const isUnreadable = steps.some(({ action }) => action.name === UNREADABLE_ACTION);
    return isUnreadable
      ? "cut off, with replies that name no action"
      : "cut off after too many actions";
  }
  return `wrong ${steps.at(-1)!.action.name}`;
}

/** Rollouts by their outcome, the most frequent first. */
export function countOutcomes(rollouts: readonly Rollout[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const rollout of rollouts) {
    const outcome = outcomeOf(rollout);
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a));
}

const isEpisode = (answer: unknown): answer is Episode =>
  isObject(answer) && Array.isArray(answer["steps"]) && typeof answer["terminated"] === "boolean";
