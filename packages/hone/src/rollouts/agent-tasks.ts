/** Tasks together with the agent that does them and the reward that judges it. */
import type { Rollout, Task } from "../core/rollout.ts";
import type { Agent } from "../ports/agent.ts";
import type { ChatModelFactory } from "../ports/chat-model.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { GroupReward, RewardFunction } from "../ports/reward.ts";
import type { OnScored, RolloutRunner } from "../ports/rollout-runner.ts";
import type { TrainingClient } from "../ports/training-client.ts";
import type { RolloutProgress } from "./rollout-progress.ts";
import { groupRewardRunner } from "./group-reward-runner.ts";
import { rolloutRunner } from "./rollout-runner.ts";

/** What the opened model provides to a runner of rollouts. */
export interface RunnerParts {
  /** Makes the recording chat model of each attempt. */
  readonly chatModel: ChatModelFactory;
  readonly renderer: Renderer;
  /** Rollouts at a time. */
  readonly concurrency: number;
  /** Time limit of one rollout, in ms. Default 60,000. */
  readonly deadlineMs?: number;
  /** Counts the rollouts while they run. */
  readonly progress?: RolloutProgress;
  /** The model that is trained, where it has a value head: such a one is measured by what it says, and its policy answers nothing. */
  readonly values?: TrainingClient;
}

/** Numbers of an evaluation that are no means over its tasks, and what is said of them. */
export interface EvaluationSummary {
  /** Estimates with their 95 % intervals, by name. */
  readonly metrics: Readonly<
    Record<string, { readonly value: number; readonly low: number; readonly high: number }>
  >;
  /** A sentence for people. */
  readonly text: string;
}

/** Tasks that a policy can do. What a task and an answer look like is known to their own agent and reward only. */
export interface RunnableTasks {
  readonly tasks: readonly Task[];
  /** False where the policy is not called: the tasks are scored by its log-probs alone. Default true. */
  readonly callsPolicy?: boolean;
  /** The runner of these tasks' rollouts, once a model is open. */
  openRunner(parts: RunnerParts): RolloutRunner;
  /** Puts around a runner elsewhere what `openRunner` has around its own, such as a score that needs the policy itself. Default: nothing. */
  wrapRunner?(runner: RolloutRunner, renderer: Renderer, onScored?: OnScored): RolloutRunner;
  /** What is measured of all rollouts of an evaluation together, beside means. Default: nothing. */
  summary?(rollouts: readonly Rollout[], seed: number): EvaluationSummary;
}

/** What tells the progress how far scoring is. */
export const onScoredOf = (progress: RolloutProgress | undefined): OnScored | undefined =>
  progress && ((done, total) => progress.score(done, total));

/** The parts of `agentTasks`. */
export interface AgentTasksOptions<T extends Task, Answer> {
  readonly tasks: readonly T[];
  readonly agent: Agent<T, Answer>;
  /** Of a rollout, or of all rollouts of a task together. */
  readonly reward: RewardFunction<T, Answer> | GroupReward<T, Answer>;
  /** Puts something around the runner, such as a score that needs the policy itself. Default: nothing. */
  readonly wrapRunner?: (
    runner: RolloutRunner<T, Answer>,
    renderer: Renderer,
    onScored?: OnScored,
  ) => RolloutRunner<T, Answer>;
}

/**
 * Tasks that a policy does through an agent.
 * @example const heldOut = agentTasks({ tasks, agent, reward });
 */
export function agentTasks<T extends Task, Answer>(
  options: AgentTasksOptions<T, Answer>,
): RunnableTasks {
  const { tasks, agent, reward, wrapRunner } = options;
  return {
    tasks,
    ...(wrapRunner && { wrapRunner }),
    openRunner({ renderer, ...parts }) {
      const runner =
        typeof reward === "function"
          ? rolloutRunner({ agent, reward, ...parts })
          : groupRewardRunner({ agent, reward, ...parts });
      return wrapRunner?.(runner, renderer, onScoredOf(parts.progress)) ?? runner;
    },
  };
}
