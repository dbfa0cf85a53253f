/** The contract of agents: ordinary code that does a task with a model. */
import type { ProgramOutput, Task } from "../core/rollout.ts";
import type { ChatModel } from "./chat-model.ts";

/** What an agent is given besides its task. */
export interface AgentContext {
  /** The policy that is trained; every call of it is recorded with its tokens. */
  readonly model: ChatModel;
  /** Aborts at the rollout's deadline or when the run stops. */
  readonly signal: AbortSignal;
  /** Seed for random choices; the same for the same rollout of the same run. */
  readonly seed: number;
  /**
   * Keeps with the rollout what a program that the agent runs has written. What is kept last counts, also after the signal has
   * aborted and before the agent has ended. Absent where there is no rollout to keep it with.
   */
  readonly keepOutput?: (output: ProgramOutput) => void;
}

/**
 * An agent: a function that does a task with a model and returns its answer. An error that it throws fails the rollout,
 * not the run.
 *
 * @example const agent: Agent<Question> = async (task, { model }) =>
 *   (await model.chat([{ role: "user", content: task.text }])).content;
 */
export type Agent<T extends Task = Task, Answer = unknown> = (
  task: T,
  context: AgentContext,
) => Promise<Answer> | Answer;
