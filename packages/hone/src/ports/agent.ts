/** Ordinary code that does a task with a model; what it returns is the rollout's answer. */
import type { Task } from "../core/rollout.ts";
import type { ChatModel } from "./chat-model.ts";

export interface AgentContext {
  /** The policy; every call is recorded with its tokens. */
  readonly model: ChatModel;
  /** Aborts at the rollout's deadline or when the run stops. */
  readonly signal: AbortSignal;
  /** The same for the same rollout of the same run. */
  readonly seed: number;
}

export type Agent<T extends Task = Task, Answer = unknown> = (
  task: T,
  context: AgentContext,
) => Promise<Answer> | Answer;
