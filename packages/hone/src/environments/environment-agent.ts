/** An agent that acts in an environment by chat, turn by turn, for one episode. Its answer is the episode. */
import type { Message } from "../core/message.ts";
import { checkOptions } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import { randomBits } from "../core/random.ts";
import type { Task } from "../core/rollout.ts";
import type { ChatAgent } from "../ports/agent.ts";
import type { ChatModel } from "../ports/chat-model.ts";
import type { ActionEnvironment, Episode } from "../ports/environment.ts";
import {
  actionOf,
  type ChatFormat,
  formatNames,
  observationMessage,
  openingMessages,
} from "./chat-format.ts";
import { type ActionAgent, runEpisode } from "./run-episode.ts";

/** How `environmentAgent` acts. */
export interface EnvironmentAgentOptions {
  /** How observations and actions are written as messages. Default: unchanged, without a system message. */
  readonly format?: ChatFormat;
  /** Actions until the episode is cut off; the environment may end it sooner. Default 100. */
  readonly maxSteps?: number;
}

/**
 * An agent that acts in an environment: each observation is a user message, each reply of the model is an action. A reply
 * that names no action counts as an unknown action, for which the environment decides the cost; the episode continues.
 * The prompt "system", where it is given one, stands in place of the format's system message.
 *
 * @param create  makes a new environment for each episode, since rollouts run side by side
 * @throws OPTION_INVALID for an option that is unknown, or a `maxSteps` that is not a whole number of at least 1
 * @example environmentAgent(() => mathEnvironment(), { maxSteps: 8 })
 */
export function environmentAgent<T extends Task>(
  create: () => ActionEnvironment<T>,
  options: EnvironmentAgentOptions = {},
): ChatAgent<T, Episode> {
  const where = "environmentAgent";
  checkOptions(where, options, { format: formatNames, maxSteps: true });
  const { format = {}, maxSteps = 100 } = options;
  optionChecks(where).whole("maxSteps", maxSteps, { min: 1 });
  return (task, { model, signal, seed, prompts }) => {
    const system = prompts?.["system"] ?? format.system;
    const said = system === undefined ? format : { ...format, system };
    return runEpisode(create(), task, chatActionAgent(model, said, signal), {
      seed: randomBits(seed, "environment"),
      maxSteps,
      signal,
    });
  };
}

/** Asks a chat model for every action of one episode, and keeps its conversation. */
function chatActionAgent(
  model: ChatModel,
  format: ChatFormat = {},
  signal?: AbortSignal,
): ActionAgent {
  const messages: Message[] = [];
  return {
    async selectAction(state) {
      const isFirst = messages.length === 0;
      messages.push(
        ...(isFirst ? openingMessages(state, format) : [observationMessage(state, format)]),
      );
      const reply = await model.chat([...messages], signal ? { signal } : {});
      messages.push(reply);
      return actionOf(reply, format);
    },
  };
}
