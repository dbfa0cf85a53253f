/** An episode as a conversation: observations are messages of the user, actions are messages of the assistant. */
import type { OptionNames } from "../core/known-options.ts";
import type { Message } from "../core/message.ts";
import type { Action, Episode } from "../ports/environment.ts";
import { formatAction, malformedAction, parseAction } from "./action-text.ts";

/** How observations and actions are written as messages. */
export interface ChatFormat {
  /** The system message. Default: none. */
  readonly system?: string;
  /** The user message for an observation. Default: the observation itself. */
  readonly observe?: (observation: string) => string;
  /** The reply that stands for an action. Default: its name, and its argument after a space. */
  readonly format?: (action: Action) => string;
  /** The action of a reply; undefined for a reply that names none. Default: reads what `format` writes by default. */
  readonly parse?: (reply: string) => Action | undefined;
}

/** The names of the options of `ChatFormat`. */
export const formatNames: OptionNames<ChatFormat> = {
  system: true,
  observe: true,
  format: true,
  parse: true,
};

/** The messages before the first action: the system message, if there is one, and the first observation. */
export const openingMessages = (
  observation: string,
  format: ChatFormat = {},
): readonly Message[] => [
  ...(format.system === undefined ? [] : [{ role: "system" as const, content: format.system }]),
  observationMessage(observation, format),
];

/** The message of an observation. */
export const observationMessage = (observation: string, format: ChatFormat = {}): Message => ({
  role: "user",
  content: format.observe?.(observation) ?? observation,
});

/** The action of a reply. A reply that cannot be read is the action "malformed", which no environment knows. */
export const actionOf = (reply: Message, format: ChatFormat = {}): Action =>
  (format.parse ?? parseAction)(reply.content) ?? malformedAction(reply.content);

/**
 * An episode as the conversation that `environmentAgent` has with the same format, for supervised learning. It ends with
 * the last action: the observation after it is left out, since it has no reply.
 */
export function conversationOf(episode: Episode, format: ChatFormat = {}): readonly Message[] {
  return episode.steps.flatMap(({ state, action }, i) => [
    ...(i === 0 ? openingMessages(state, format) : [observationMessage(state, format)]),
    { role: "assistant" as const, content: (format.format ?? formatAction)(action) },
  ]);
}
