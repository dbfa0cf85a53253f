/** How well a policy knows the conversations that an expert had about the tasks it is measured on. */
import type { Message } from "../core/message.ts";
import type { Task } from "../core/rollout.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { OnScored, RolloutRunner } from "../ports/rollout-runner.ts";
import { meanLogProb } from "./reply-task.ts";
import { withTaskScores } from "./task-scores.ts";

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
  onScored?: OnScored,
): RolloutRunner<T, Answer> {
  return {
    async run(request) {
      const { policy, signal } = request;
      return withTaskScores(await runner.run(request), {
        keyOf: ({ id }) => id,
        scoreOf: async ({ id }) => {
          const messages = conversations.get(id);
          return messages && -(await meanLogProb(policy, renderer, { messages }));
        },
        add: (reward, loss) => ({ ...reward, components: { ...reward.components, loss } }),
        ...{ signal, onScored },
      });
    },
  };
}
