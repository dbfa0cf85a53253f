/** Reads the AI SDK's model messages, its prompts for providers and the parts of its answers as messages. */
import type { Message } from "../../core/message.ts";
import type { ReadingOptions } from "../../messages/message-builder.ts";
import { readMessages } from "../../messages/read-messages.ts";

/** Pictures are cut to 32,768 characters, since every step of an agent repeats those of the steps before. */
export const readingOptions: ReadingOptions = { maxImageCharacters: 32_768 };

/**
 * What a model was given.
 *
 * @param instructions  the system prompt: a text, a system message, or a list of them
 * @param messages  model messages, or a provider's prompt
 */
export function sdkMessages(instructions: unknown, messages: unknown): Message[] {
  return [
    ...readMessages(instructions, { ...readingOptions, role: "system" }),
    ...readMessages(messages, readingOptions),
  ];
}

/** What a model answered: a message of the assistant, and one for each result of a tool that the provider ran. */
export const sdkAnswer = (content: unknown): Message[] =>
  readMessages({ role: "assistant", content }, readingOptions);

/** Text of the last message of the user; empty where there is none. */
export const lastAsked = (messages: readonly Message[]): string =>
  messages.findLast((one) => one.role === "user")?.content ?? "";
