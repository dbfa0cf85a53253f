/** How far the rollouts of an evaluation or a step are, as a line of progress. */
import type { RolloutCounts } from "../../rollouts/rollout-progress.ts";
import type { PipelineEvent } from "./pipeline-events.ts";

/** @example "grpo: 12 of 128 rollouts, 32 with 2 workers for up to 3 s with waits, 84 waiting" */
export function rolloutsText(event: Extract<PipelineEvent, { readonly kind: "rollouts" }>): string {
  const { name, done, total, missed, failed, deadline } = event;
  return [
    `${name}: ${done} of ${total} rollouts`,
    ...runningTexts(event),
    ...(missed === 0 ? [] : [`${missed} missed the deadline of ${deadline} s`]),
    ...(failed === missed ? [] : [`${failed - missed} failed`]),
  ].join(", ");
}

/** What runs, and what waits for workers. */
function runningTexts({ running, longestSeconds, queue }: RolloutCounts): readonly string[] {
  const time = `for up to ${Math.round(longestSeconds)} s with waits`;
  if (queue === undefined) return [`${running} running ${time}`];
  const { workers, waiting } = queue;
  const held = `${running} with ${workers} ${workers === 1 ? "worker" : "workers"} ${time}`;
  return [...(running === 0 ? ["no worker"] : [held]), `${waiting} waiting`];
}
