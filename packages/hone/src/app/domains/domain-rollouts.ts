/** A domain's tasks as a policy does them, and how well it knows what the domain's expert does. */
import type { Message } from "../../core/message.ts";
import type { Task } from "../../core/rollout.ts";
import type { ChatFormat } from "../../environments/chat-format.ts";
import { environmentAgent } from "../../environments/environment-agent.ts";
import { conversationLossRunner } from "../../evaluation/conversation-loss.ts";
import type { Episode } from "../../ports/environment.ts";
import {
  agentTasks,
  type AgentTasksOptions,
  type RunnableTasks,
} from "../../rollouts/agent-tasks.ts";
import type { Domain } from "./complete-domain.ts";

/** What is put around the runner of a domain's rollouts. */
export type WrapRunner = NonNullable<AgentTasksOptions<Task, Episode>["wrapRunner"]>;

/** How a domain's tasks are done and judged. */
export interface DomainRolloutsOptions {
  readonly format: ChatFormat;
  /** Actions until an episode is cut off. */
  readonly maxActions: number;
  /** In place of the domain's own reward. Default: that. */
  readonly reward?: AgentTasksOptions<Task, Episode>["reward"] | undefined;
  /** Default: nothing around it. */
  readonly wrapRunner?: WrapRunner | undefined;
}

/** Tasks that the policy does in the domain's environment. */
export const domainRollouts = (
  domain: Domain,
  tasks: readonly Task[],
  { format, maxActions, reward, wrapRunner }: DomainRolloutsOptions,
): RunnableTasks =>
  agentTasks<Task, Episode>({
    tasks,
    agent: environmentAgent(() => domain.environment({ maxActions }), { format, maxActions }),
    reward: reward ?? ((rollout) => domain.reward(rollout)),
    ...(wrapRunner && { wrapRunner }),
  });

/**
 * Adds the component "loss" to rewards: −log p of what the expert does at a task, mean per token, in nats.
 * @param conversations  the expert's, one for each of the tasks, in their order
 */
export function expertLoss(
  tasks: readonly Task[],
  conversations: readonly (readonly Message[])[],
): WrapRunner {
  const byTask = new Map(tasks.map(({ id }, i) => [id, conversations[i]!]));
  return (runner, renderer, onScored) => conversationLossRunner(runner, renderer, byTask, onScored);
}
