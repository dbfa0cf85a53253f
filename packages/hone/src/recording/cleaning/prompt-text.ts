/** Inputs and outputs of models as they may be stored: a text or messages, without secrets, cut. */
import type { Message } from "../../core/message.ts";
import type { PromptText } from "../../core/span.ts";
import { isOwnMessage } from "../../messages/own-messages.ts";
import { hasRole, readMessages } from "../../messages/read-messages.ts";
import { type Cleaner, textLimit } from "./clean-json.ts";

/** More messages than this are kept as one text, which is cut. */
const maxMessages = 5000;

/**
 * Cleans a text or messages. Messages of hooks have our own form and are only cleaned; those that an app gives in the form of
 * its library are read first. Anything else becomes JSON.
 */
export function promptText(value: unknown, cleaner: Cleaner): PromptText {
  if (typeof value === "string") return cleaner.text(value);
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > maxMessages || !list.every(hasRole)) return jsonText(value, cleaner);
  const clean = (text: string): string => cleaner.text(text);
  const messages: Message[] = [];
  for (const one of list) {
    if (isOwnMessage(one)) messages.push(cleanMessage(one, clean));
    else messages.push(...foreign(one, cleaner));
  }
  return messages;
}

const jsonText = (value: unknown, cleaner: Cleaner): string =>
  JSON.stringify(cleaner.json(value)) ?? "";

/** Reads a message of another form. Values in it are cleaned before they become text, by the names of their fields. */
function foreign(value: unknown, cleaner: Cleaner): Message[] {
  const cleaned = new Set<string>();
  const toText = (inner: unknown): string => {
    const text = jsonText(inner, cleaner);
    cleaned.add(text);
    return text;
  };
  const clean = (text: string): string => (cleaned.has(text) ? text : cleaner.text(text));
  const options = { toText, maxImageCharacters: textLimit };
  return readMessages(value, options).map((message) => cleanMessage(message, clean));
}

function cleanMessage(
  { role, content, images, reasoning, toolCalls, toolCallId }: Message,
  clean: (text: string) => string,
): Message {
  const message: { -readonly [F in keyof Message]: Message[F] } = { role, content: clean(content) };
  if (images !== undefined && images.length > 0) {
    message.images = images.map(({ url, ...rest }) => ({ url: clean(url), ...rest }));
  }
  if (reasoning !== undefined && reasoning !== "") message.reasoning = clean(reasoning);
  if (toolCalls !== undefined && toolCalls.length > 0) {
    message.toolCalls = toolCalls.map(({ id, name, arguments: given }) => ({
      id,
      name: clean(name),
      arguments: clean(given),
    }));
  }
  if (toolCallId !== undefined) message.toolCallId = toolCallId;
  return message;
}
