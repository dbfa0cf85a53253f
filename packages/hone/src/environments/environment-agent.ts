/** An agent that plays one episode of an environment by chat, turn by turn; its answer is the episode. */
import type { Message } from "../core/message.ts";
import { HoneError } from "../core/errors.ts";
import { randomBits } from "../core/random.ts";
import type { Task } from "../core/rollout.ts";
import type { Agent } from "../ports/agent.ts";
import type { ChatModel } from "../ports/chat-model.ts";
import type { ActionEnvironment, Episode } from "../ports/environment.ts";
import { actionOf, type ChatFormat, observationMessage, openingMessages } from "./chat-format.ts";
import { type ActionAgent, runEpisode } from "./run-episode.ts";

export interface EnvironmentAgentOptions {
  /** How observations and actions are written. Default: as they are, no system message. */
  readonly format?: ChatFormat;
  /** Most actions, if the environment has no lower limit. Default 100. */
  readonly maxSteps?: number;
}

/**
 * Ordinary agent code around an environment: the observation is the user's message, the reply is the action, the next
 * observation the next user message, and so on. A reply that says no action costs what the environment charges for an
 * unknown one, and the episode goes on.
 *
 * @param create makes a fresh environment for each episode, so that rollouts can run side by side
 * @example environmentAgent(() => mathEnvironment(), { maxSteps: 8 })
 */
export function environmentAgent<T extends Task>(
  create: () => ActionEnvironment<T>,
  options: EnvironmentAgentOptions = {},
): Agent<T, Episode> {
  const { format = {}, maxSteps = 100 } = options;
  if (!Number.isInteger(maxSteps) || maxSteps < 1) {
    throw new HoneError("OPTION_INVALID", {
      where: "environmentAgent",
      option: "maxSteps",
      got: String(maxSteps),
      expected: "a whole number of at least 1",
    });
  }
  return (task, { model, signal, seed }) =>
    runEpisode(create(), task, chatActionAgent(model, format, signal), {
      seed: randomBits(seed, "environment"),
      maxSteps,
      signal,
    });
}

/** Asks a chat model for every action and keeps the conversation of one episode. */
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
