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
  readonly maxActions?: number;
}

/**
 * An agent that acts in an environment: each observation is a user message, each reply of the model is an action. A reply
 * that names no action counts as an unknown action, for which the environment decides the cost; the episode continues.
 * The prompt "system", where it is given one, stands in place of the format's system message.
 *
 * Of each episode it keeps the metrics "actions" (a count), "structure_score" (share of replies that can be read and name an action
 * that was valid then) and "completion_rate" (1 when the episode ended by its own rules, 0 when it was cut off).
 *
 * @param create  makes a new environment for each episode, since rollouts run side by side
 * @throws OPTION_INVALID for an option that is unknown, or a `maxActions` that is not a whole number of at least 1
 * @example environmentAgent(() => mathEnvironment(), { maxActions: 8 })
 */
export function environmentAgent<T extends Task>(
  create: () => ActionEnvironment<T>,
  options: EnvironmentAgentOptions = {},
): ChatAgent<T, Episode> {
  const where = "environmentAgent";
  checkOptions(where, options, { format: formatNames, maxActions: true });
  const { format = {}, maxActions = 100 } = options;
  optionChecks(where).whole("maxActions", maxActions, { min: 1 });
  return async (task, { model, signal, seed, prompts, addMetrics }) => {
    const system = prompts?.["system"] ?? format.system;
    const said = system === undefined ? format : { ...format, system };
    const agent = chatActionAgent(model, said, signal);
    const episode = await runEpisode(create(), task, agent, {
      seed: randomBits(seed, "environment"),
      maxActions,
      signal,
    });
    addMetrics?.(episodeMetrics(episode, agent.validCount()));
    return episode;
  };
}

/** Names of the numbers that `environmentAgent` keeps of each episode (`addMetrics`). */
export const episodeMetricNames = {
  /** Actions that were taken, unreadable replies among them. */
  actions: "actions",
  /** Share of these that can be read and name an action that could be taken then. */
  structure: "structure_score",
  /** 1 when the episode ended by its own rules, 0 when it was cut off. */
  completion: "completion_rate",
} as const;

const episodeMetrics = ({ steps, terminated }: Episode, validCount: number) => ({
  [episodeMetricNames.actions]: steps.length,
  [episodeMetricNames.structure]: steps.length === 0 ? 0 : validCount / steps.length,
  [episodeMetricNames.completion]: terminated ? 1 : 0,
});

/** An agent that counts its valid actions. */
interface CountingAgent extends ActionAgent {
  /** Actions until now that can be read, and that the environment listed as valid. */
  validCount(): number;
}

/** Asks a chat model for every action of one episode, and keeps its conversation. */
function chatActionAgent(
  model: ChatModel,
  format: ChatFormat = {},
  signal?: AbortSignal,
): CountingAgent {
  const messages: Message[] = [];
  let validCount = 0;
  return {
    validCount: () => validCount,
    async selectAction(state, validActions) {
      const isFirst = messages.length === 0;
      messages.push(
        ...(isFirst ? openingMessages(state, format) : [observationMessage(state, format)]),
      );
      const reply = await model.chat([...messages], signal ? { signal } : {});
      messages.push(reply);
      const action = actionOf(reply, format);
      if (validActions.includes(action.name)) validCount += 1;
      return action;
    },
  };
}
