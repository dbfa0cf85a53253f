/** Token accuracy: the share of a conversation's answers, token by token, that a policy would have predicted. */
import type { Renderer } from "../ports/renderer.ts";
import type { OnScored, RolloutRunner } from "../ports/rollout-runner.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import type { ReplyTask } from "./reply-task.ts";
import { withTaskScores } from "./task-scores.ts";

/**
 * Adds the component "token_accuracy" to the rewards of a runner of replies: of the tokens that the assistant says in the conversation, the
 * share at which the policy, given all before, finds that very token the likeliest. A task that is tried several times is
 * computed once; a client that knows no likeliest tokens gives none.
 */
export function tokenAccuracyRunner<Answer>(
  runner: RolloutRunner<ReplyTask, Answer>,
  renderer: Renderer,
  onScored?: OnScored,
): RolloutRunner<ReplyTask, Answer> {
  return {
    async run(request) {
      const { policy, signal } = request;
      return withTaskScores(await runner.run(request), {
        scoreOf: (task) => tokenAccuracy(policy, renderer, task),
        add: (reward, share) => ({
          ...reward,
          components: { ...reward.components, token_accuracy: share },
        }),
        ...{ signal, onScored },
      });
    },
  };
}

/** The share of a conversation's learned tokens that the policy finds the likeliest; undefined where the client does not say. */
async function tokenAccuracy(
  policy: SamplingClient,
  renderer: Renderer,
  { messages, settings }: Pick<ReplyTask, "messages" | "settings">,
): Promise<number | undefined> {
  const { tokens, mask } = await renderer.conversation(messages, settings);
  const top = await policy.topLogProbs?.(tokens, 1);
  if (top === undefined) return undefined;
  let [right, count] = [0, 0];
  // The likeliest token after t is compared with the next one; the first token has none before it.
  for (let t = 1; t < tokens.length; t++) {
    if (mask[t] === 0) continue;
    count++;
    if (top.tokens[t - 1] === tokens[t]) right++;
  }
  return right / Math.max(1, count);
}
