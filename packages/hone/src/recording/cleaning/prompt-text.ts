/** What models are given and give back, as it may be stored: a text or messages, without secrets, cut. */
import type { Message } from "../../core/message.ts";
import type { PromptText } from "../../core/span.ts";
import { isOwnMessage } from "../../messages/own-messages.ts";
import { hasRole, readMessages } from "../../messages/read-messages.ts";
import { type Cleaner, textLimit } from "./clean-json.ts";

/** More messages than this are kept as one text, which is cut. */
const maxMessages = 5000;

/**
 * Texts and our own messages, which is what hooks give, are only cleaned. Messages that an app gives in the form of its
 * library are read first; anything else becomes JSON.
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

/** Values without a text of their own are cleaned as values: the names of their fields tell secrets. */
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
