/** How well a policy knows the conversations that an expert had about the tasks it is measured on. */
import type { Message } from "../core/message.ts";
import type { Rollout, Task } from "../core/rollout.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { RolloutRunner } from "../ports/rollout-runner.ts";
import { meanLogProb } from "./reply-task.ts";

/**
 * Adds the component "loss" to the rewards of a runner: −log p of what the assistant says in the expert's conversation about the
 * task, mean per token, in nats. The total stays what it was. A task that is tried several times in a request is computed once;
 * rollouts that failed, and tasks that the expert has no conversation about, get none.
 * @param conversations by the ids of tasks
 */
export function conversationLossRunner<T extends Task, Answer>(
  runner: RolloutRunner<T, Answer>,
  renderer: Renderer,
  conversations: ReadonlyMap<string, readonly Message[]>,
): RolloutRunner<T, Answer> {
  return {
    async run(request) {
      const rollouts = await runner.run(request);
      const known = new Map<string, number>();
      const measured: Rollout<T, Answer>[] = [];
      for (const rollout of rollouts) {
        const { reward, task } = rollout;
        const messages = conversations.get(task.id);
        if (reward === undefined || messages === undefined || request.signal?.aborted === true) {
          measured.push(rollout);
          continue;
        }
        const loss =
          known.get(task.id) ?? -(await meanLogProb(request.policy, renderer, { messages }));
        known.set(task.id, loss);
        const components = { ...reward.components, loss };
        measured.push({ ...rollout, reward: { ...reward, components } });
      }
      return measured;
    },
  };
}
