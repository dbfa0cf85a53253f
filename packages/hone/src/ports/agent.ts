/** The contract of agents: ordinary code that does a task with a model. */
import type { Prompts } from "../core/prompts.ts";
import type { ProgramOutput, Task } from "../core/rollout.ts";
import type { ChatModel } from "./chat-model.ts";
import type { PolicyLanguageModel } from "./language-model.ts";

/** What an agent is given besides its task. */
export interface AgentContext {
  /** The policy that is trained; every call of it is recorded with its tokens. */
  readonly model: ChatModel;
  /**
   * The same policy as a language model of the AI SDK 6 and 7, recorded in the same way:
   * `(await generateText({ model: languageModel, prompt })).text`.
   */
  readonly languageModel: PolicyLanguageModel;
  /**
   * The prompts to use, by their names: what `optimizePrompts` tries at the moment. Empty where no prompts are given, so that
   * an agent has its own beside them: `prompts.system ?? "Answer with one number."`.
   */
  readonly prompts: Prompts;
  /** Aborts at the rollout's deadline or when the run stops. */
  readonly signal: AbortSignal;
  /** Seed for random choices; the same for the same rollout of the same run. */
  readonly seed: number;
  /**
   * Keeps with the rollout what a program that the agent runs has written. What is kept last counts, also after the signal has
   * aborted and before the agent has ended. Absent where there is no rollout to keep it with.
   */
  readonly keepOutput?: (output: ProgramOutput) => void;
  /**
   * Keeps numbers with the rollout by their names, also of one that fails later. Numbers of one name are added up. The mean over
   * rollouts is a number of every step and evaluation, and is in TensorBoard, result.json and the report under its name.
   * `toolLoop` keeps "tools/calls", "tools/schema" and the other counts of docs/tools.md so. Absent where there is no rollout.
   * A number that is not finite stops the run with OPTION_INVALID, and so does a name by which training keeps a number of its own:
   * "reward", "success", "loss", "kl" …, or one that begins with "reward/" or "level_2/".
   */
  readonly addMetrics?: (metrics: Readonly<Record<string, number>>) => void;
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
) => PromiseLike<Answer> | Answer;

/**
 * An agent that needs nothing but the chat model, the signal and the seed, and uses prompts and keeps metrics where it can. It is an `Agent`, and a
 * test can call it with a model that is an object with a `chat`.
 */
export type ChatAgent<T extends Task = Task, Answer = unknown> = ((
  task: T,
  context: Pick<AgentContext, "model" | "signal" | "seed" | "addMetrics"> &
    Partial<Pick<AgentContext, "prompts">>,
) => Promise<Answer>) & {
  /**
   * Never set. TypeScript puts off a call that makes a plain function until the types around it are decided; of a function with
   * a field it takes the answer's type, so that `train({ agent: toolLoop(…), reward })` knows it.
   */
  readonly answer?: Answer;
};
