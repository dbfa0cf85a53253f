/** What a run says of held-out tasks that are also trained on. */
import { firstIds, sharedTasks, type SplitTasks } from "../../core/shared-tasks.ts";
import type { PipelineEvent } from "./pipeline-events.ts";

/** A counted warning about tasks that are in both lists; none without such. */
export function sharedTasksWarning(
  tasks: SplitTasks,
): Extract<PipelineEvent, { kind: "warning" }> | undefined {
  const shared = sharedTasks(tasks);
  if (shared.length === 0) return undefined;
  return {
    kind: "warning",
    code: "HELD_OUT_SEEN",
    text: `${shared.length} of ${tasks.test.length} tasks of tasks.test are also in tasks.train (${firstIds(shared)}), by their ids or by their fields. What is trained on is not held out: success on these does not say whether the agent got better.`,
  };
}
