/**
 * What a template writes between the end of an assistant's turn and the assistant's next words.
 *
 * Two renderings tell it: that of the conversation up to the reply, and that with the added messages. Where the second
 * begins with the first, what it has more is the text. Some templates rewrite earlier turns as soon as others follow; then
 * the reply is looked up in the second rendering by marks around its parts.
 */
import { HoneError, isHoneError } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import {
  attempt,
  commonLength,
  endOfTurn,
  findMarking,
  lastEnd,
  type Writer,
} from "./conversation-text.ts";

/** A rendering cut behind the assistant's turn. */
export interface NextTurn {
  /** Up to the end of the turn. */
  readonly before: string;
  /** From there to where the assistant speaks again. */
  readonly added: string;
}

/**
 * @param conversation the messages up to the reply, and the reply; undefined when only its tokens are known
 * @throws CHAT_TEMPLATE_NOT_LINEAR when the end of the turn is not found; CHAT_TEMPLATE_REFUSED when the template refuses
 *         the messages
 */
export function nextTurn(
  added: readonly Message[],
  conversation: readonly Message[] | undefined,
  writer: Writer,
): NextTurn {
  const candidates = [...(conversation ? [conversation] : []), ...standIns(added)];
  let refusal: unknown;
  for (const messages of candidates) {
    try {
      const found = cut(messages, added, writer);
      if (found !== undefined) return found;
    } catch (error) {
      if (!isHoneError(error)) throw error;
      refusal ??= error;
    }
  }
  if (refusal !== undefined) throw refusal;
  const problem = "it does not show where the turn before it ends";
  const turn = conversation?.length ?? 1;
  throw new HoneError("CHAT_TEMPLATE_NOT_LINEAR", { where: writer.where, turn, problem });
}

function cut(messages: readonly Message[], added: readonly Message[], writer: Writer) {
  const text = writer.write([...messages, ...added], true);
  const end = endByPrefix(messages, text, writer) ?? endByMarks(messages, added, text, writer);
  return end === undefined ? undefined : { before: text.slice(0, end), added: text.slice(end) };
}

function endByPrefix(messages: readonly Message[], text: string, writer: Writer) {
  const alone = attempt(() => writer.write(messages, false));
  if (alone === undefined) return undefined;
  const prompt = attempt(() => writer.write(messages.slice(0, -1), true));
  if (prompt === undefined) return undefined;
  const end = lastEnd(alone, commonLength(prompt, alone), writer.turnEnds);
  return text.startsWith(alone.slice(0, end)) ? end : undefined;
}

function endByMarks(
  messages: readonly Message[],
  added: readonly Message[],
  text: string,
  writer: Writer,
) {
  const reply = messages.length - 1;
  const message = (_: Message, index: number): boolean => index === reply;
  const among = [
    { message },
    { message, edges: false },
    { message, names: false, edges: false },
    { message, names: false, values: false, edges: false },
  ];
  const all = [...messages, ...added];
  const marking = findMarking(all, text, writer, { generationPrompt: true, among });
  const ends = marking?.parts.flatMap(({ place }) => place?.end ?? []) ?? [];
  if (ends.length === 0) return undefined;
  const words = Math.max(...ends);
  const end = endOfTurn(text.slice(words), writer.turnEnds);
  // A template may end a turn with what is no stop token of this model; nothing of it is left out then.
  return words + (end ?? 0);
}

/** Conversations that the added messages may follow, for when the true one is not known. */
function standIns(added: readonly Message[]): readonly (readonly Message[])[] {
  const question: Message = { role: "user", content: "question" };
  const words: Message = { role: "assistant", content: "words" };
  const toolCalls = added.flatMap(({ role, toolCallId: id }) =>
    role === "tool" && id !== undefined ? [{ id, name: "tool", arguments: '{"a": "value"}' }] : [],
  );
  if (toolCalls.length === 0) return [[question, words]];
  return [
    [question, { ...words, toolCalls }],
    [question, { role: "assistant", content: "", toolCalls }],
    [question, words],
  ];
}
