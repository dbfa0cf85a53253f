/** How an episode reads as a conversation: observations are user messages, actions the assistant's. */
import type { Message } from "../core/message.ts";
import type { Action, Episode } from "../ports/environment.ts";
import { formatAction, malformedAction, parseAction } from "./action-text.ts";

export interface ChatFormat {
  /** The system message; absent: none, which is what a model trained from scratch needs least tokens with. */
  readonly system?: string;
  /** The user message for an observation. Default: the observation itself. */
  readonly observe?: (observation: string) => string;
  /** Default: `formatAction`. */
  readonly format?: (action: Action) => string;
  /** Default: `parseAction`. Undefined for a reply that says no action. */
  readonly parse?: (reply: string) => Action | undefined;
}

/** The messages before the first action: what the model is told, and the first observation. */
export const openingMessages = (
  observation: string,
  format: ChatFormat = {},
): readonly Message[] => [
  ...(format.system === undefined ? [] : [{ role: "system" as const, content: format.system }]),
  observationMessage(observation, format),
];

export const observationMessage = (observation: string, format: ChatFormat = {}): Message => ({
  role: "user",
  content: format.observe?.(observation) ?? observation,
});

/** The action a reply says; an unreadable one becomes the action "malformed", which the environment answers. */
export const actionOf = (reply: Message, format: ChatFormat = {}): Action =>
  (format.parse ?? parseAction)(reply.content) ?? malformedAction(reply.content);

/**
 * An episode as the conversation a model would have had, for supervised learning: message for message what
 * `environmentAgent` says and hears with the same format. The observation after the last action is left out: nobody
 * replies to it.
 */
export function conversationOf(episode: Episode, format: ChatFormat = {}): readonly Message[] {
  return episode.steps.flatMap(({ state, action }, i) => [
    ...(i === 0 ? openingMessages(state, format) : [observationMessage(state, format)]),
    { role: "assistant" as const, content: (format.format ?? formatAction)(action) },
  ]);
}
