/** Messages and answers as the AI SDK holds them, as ours: its model messages, its prompts for providers, its content parts. */
import type { Message } from "../../core/message.ts";
import type { ReadingOptions } from "../../messages/message-builder.ts";
import { readMessages } from "../../messages/read-messages.ts";

/** Every step of an agent repeats its pictures, so that only the beginning of each is kept. */
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

/** What a model answered: one message of the assistant, and one for each result of a tool that the provider ran itself. */
export const sdkAnswer = (content: unknown): Message[] =>
  readMessages({ role: "assistant", content }, readingOptions);

/** What the user asked last, in words. */
export const lastAsked = (messages: readonly Message[]): string =>
  messages.findLast((one) => one.role === "user")?.content ?? "";
