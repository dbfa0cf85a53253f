/** Measures which of two answers a policy finds more likely: no answer is sampled. */
import type { ConversationSettings, Message } from "../core/message.ts";
import type { Reward, Rollout, Task, TokenIds } from "../core/rollout.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { RolloutRunner } from "../ports/rollout-runner.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";

/** An answer with what it answers: messages of which only the answer is learned, or tokens with a mask on it. */
export type ComparedAnswer =
  | { readonly messages: readonly Message[]; readonly settings?: ConversationSettings }
  | { readonly tokens: TokenIds; readonly mask: readonly number[] };

/** The task to find one answer more likely than another. */
export interface PairTask extends Task {
  readonly chosen: ComparedAnswer;
  readonly rejected: ComparedAnswer;
  /** Whether log-probs are summed over an answer, or their means are compared, as for answers to different prompts. */
  readonly compares: "sums" | "means";
}

/** What counts the tasks while they are measured. */
export interface PairProgress {
  begin(total: number): void;
  start(id: string): void;
  end(rollout: Pick<Rollout, "id" | "failure">): void;
}

/**
 * A runner that scores pairs by the policy's log-probs.
 *
 * Success is 1 where the chosen answer is the more likely one. The reward is the margin, log π(chosen) − log π(rejected), in nats; its
 * components are `margin_per_token`, of means, and `log_prob_chosen` and `log_prob_rejected`. So the paired difference between two
 * policies is that of DPO's log-ratios.
 */
export function pairRunner(renderer: Renderer, progress?: PairProgress): RolloutRunner<PairTask> {
  return {
    async run({ policy, jobs, signal }) {
      progress?.begin(jobs.length);
      const rollouts: Rollout<PairTask>[] = [];
      for (const { id, task } of jobs) {
        signal?.throwIfAborted();
        progress?.start(id);
        const startedAt = performance.now();
        const [chosen, rejected] = await Promise.all([
          logProbOf(policy, renderer, task.chosen),
          logProbOf(policy, renderer, task.rejected),
        ]);
        const reward = rewardOf(task, chosen, rejected);
        const seconds = (performance.now() - startedAt) / 1000;
        const isSuccess = reward.components["success"] === 1;
        const facts = { turns: [], answer: undefined, failure: undefined, attempts: 1 };
        const rollout = { id, task, ...facts, reward, isSuccess, seconds };
        progress?.end(rollout);
        rollouts.push(rollout);
      }
      return rollouts;
    },
  };
}

interface Likelihood {
  readonly sum: number;
  readonly mean: number;
}

function rewardOf({ compares }: PairTask, chosen: Likelihood, rejected: Likelihood): Reward {
  const sums = chosen.sum - rejected.sum;
  const means = chosen.mean - rejected.mean;
  const margin = compares === "sums" ? sums : means;
  return {
    total: margin,
    components: {
      success: margin > 0 ? 1 : 0,
      margin_per_token: means,
      log_prob_chosen: chosen.sum,
      log_prob_rejected: rejected.sum,
    },
    source: "rule",
  };
}

async function logProbOf(
  policy: SamplingClient,
  renderer: Renderer,
  answer: ComparedAnswer,
): Promise<Likelihood> {
  const { tokens, mask } = await tokensOf(answer, renderer);
  const logProbs = await policy.logProbs(tokens);
  let [sum, count] = [0, 0];
  // The first token has no token before it, so it is not predicted.
  for (let t = 1; t < tokens.length; t++) {
    if (mask[t] === 0) continue;
    sum += logProbs[t]!;
    count++;
  }
  return { sum, mean: sum / Math.max(1, count) };
}

/** An answer as tokens, with the mask on what an assistant says. */
export const tokensOf = async (
  answer: ComparedAnswer,
  renderer: Renderer,
): Promise<{ readonly tokens: TokenIds; readonly mask: readonly number[] }> =>
  "tokens" in answer ? answer : renderer.conversation(answer.messages, answer.settings);
