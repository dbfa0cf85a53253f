/** A chat model whose conversations are changed before it reads them. */
import type { Message } from "../core/message.ts";
import type { RecordingChatModel } from "../ports/chat-model.ts";

/** The model, which is given the changed messages, and records these. */
export const withChangedMessages = (
  model: RecordingChatModel,
  change: (messages: readonly Message[]) => readonly Message[],
): RecordingChatModel => ({
  get turns() {
    return model.turns;
  },
  isPolicyError: (error) => model.isPolicyError(error),
  languageModel: (version) => model.languageModel(version),
  chat: (messages, options) => model.chat(change(messages), options),
  stream: (messages, options) => model.stream(change(messages), options),
});

/**
 * The conversation with another system message, where it begins with this one.
 * @param by  says the other one, and is asked only where it is needed
 */
export function replacedSystem(
  messages: readonly Message[],
  own: string,
  by: () => string,
): readonly Message[] {
  const [first, ...rest] = messages;
  if (first?.role !== "system" || first.content.trim() !== own.trim()) return messages;
  return [{ ...first, content: by() }, ...rest];
}

/** The conversation with this system message, in the place of its own where it begins with one. */
export function withSystem(messages: readonly Message[], content: string): readonly Message[] {
  const rest = messages[0]?.role === "system" ? messages.slice(1) : messages;
  return [{ role: "system", content }, ...rest];
}
