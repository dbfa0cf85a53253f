/** How far the rollouts of an evaluation or a step are, as a line of progress. */
import type { RolloutCounts, ScoredCounts } from "../../rollouts/rollout-progress.ts";
import type { PipelineEvent } from "./pipeline-events.ts";

/**
 * @example "grpo: 12 of 128 rollouts, 32 with 2 workers for up to 3 s with waits, 84 waiting"
 * @example "start: 20 of 20 rollouts, 3 of 20 known answers scored"
 */
export function rolloutsText(event: Extract<PipelineEvent, { readonly kind: "rollouts" }>): string {
  const { name, done, total, missed, failed, deadline } = event;
  return [
    `${name}: ${done} of ${total} rollouts`,
    ...(isScoring(event)
      ? [`${event.scored.done} of ${event.scored.total} known answers scored`]
      : runningTexts(event)),
    ...(missed === 0 ? [] : [`${missed} missed the deadline of ${deadline} s`]),
    ...(failed === missed ? [] : [`${failed - missed} failed`]),
  ].join(", ");
}

/** Whether rollouts have ended, and what the policy's log-probs say of their tasks is computed now. */
export const isScoring = (
  counts: RolloutCounts,
): counts is RolloutCounts & { readonly scored: ScoredCounts } =>
  counts.scored !== undefined && counts.scored.done < counts.scored.total;

/** What runs, and what waits for workers. */
function runningTexts({ running, longestSeconds, queue }: RolloutCounts): readonly string[] {
  const time = `for up to ${Math.round(longestSeconds)} s with waits`;
  if (queue === undefined) return [`${running} running ${time}`];
  const { workers, waiting } = queue;
  const held = `${running} with ${workers} ${workers === 1 ? "worker" : "workers"} ${time}`;
  return [...(running === 0 ? ["no worker"] : [held]), `${waiting} waiting`];
}
