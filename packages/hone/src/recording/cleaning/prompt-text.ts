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
  return list.flatMap((one) =>
    isOwnMessage(one) ? cleanMessage(one, (text) => cleaner.text(text)) : foreign(one, cleaner),
  );
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
  return {
    role,
    content: clean(content),
    ...(images === undefined || images.length === 0
      ? {}
      : { images: images.map(({ url, ...rest }) => ({ url: clean(url), ...rest })) }),
    ...(reasoning === undefined || reasoning === "" ? {} : { reasoning: clean(reasoning) }),
    ...(toolCalls === undefined || toolCalls.length === 0
      ? {}
      : {
          toolCalls: toolCalls.map(({ id, name, arguments: given }) => ({
            id,
            name: clean(name),
            arguments: clean(given),
          })),
        }),
    ...(toolCallId === undefined ? {} : { toolCallId }),
  };
}
