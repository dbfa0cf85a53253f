/** What models are given and give back, in whatever form their library has it, as a text or our messages. */
import { isObject, type JsonObject, objectsOf } from "../core/json.ts";
import type { Message, MessageImage, ToolCall } from "../core/message.ts";
import type { PromptText } from "../core/span.ts";
import type { Cleaner } from "./cleaning/clean-json.ts";
import { plainText } from "../messages/plain-text.ts";
import { roles } from "../messages/roles.ts";

/** More messages than this are kept as one text, which is cut. */
const mostMessages = 5000;

/** A text or messages as they are, anything else as its JSON text; without secrets. */
export function promptText(value: unknown, cleaner: Cleaner): PromptText {
  if (typeof value === "string") return cleaner.text(value);
  if (Array.isArray(value) && value.length <= mostMessages && value.every(isMessage)) {
    return value.map((one) => toMessage(one, cleaner));
  }
  return isMessage(value) ? [toMessage(value, cleaner)] : jsonText(value, cleaner);
}

const isMessage = (value: unknown): value is JsonObject =>
  isObject(value) && typeof value["role"] === "string" && value["role"] in roles;

const jsonText = (value: unknown, cleaner: Cleaner): string =>
  JSON.stringify(cleaner.json(value)) ?? "";

/** Chat Completions, AI SDK, Responses and our own messages. */
function toMessage(given: JsonObject, cleaner: Cleaner): Message {
  const { content } = given;
  const parts = Array.isArray(content) ? content.filter(isObject) : [];
  const texts = parts.flatMap((part) => (typeof part["text"] === "string" ? [part] : []));
  const thoughts = texts.filter((part) => part["type"] === "reasoning");
  const spoken = texts.filter((part) => part["type"] !== "reasoning");
  const calls = [...objectsOf(given["toolCalls"] ?? given["tool_calls"]), ...parts.filter(isCall)];
  const images = [...objectsOf(given["images"]), ...parts.filter(isImage)];
  const results = parts.filter((part) => part["type"] === "tool-result");
  const reasoning = given["reasoning"] ?? given["reasoning_content"];
  const reasoningText =
    typeof reasoning === "string" ? reasoning : thoughts.map((part) => part["text"]).join("");
  const callId =
    given["toolCallId"] ?? given["tool_call_id"] ?? (results[0] && results[0]["toolCallId"]);
  const unknown = parts.filter(
    (part) => typeof part["text"] !== "string" && !isCall(part) && !isImage(part),
  );
  const said =
    typeof content === "string" ? content : spoken.map((part) => String(part["text"])).join("");
  const strange =
    Array.isArray(content) || typeof content === "string" || content === null ? unknown : [content];
  const rest = strange.filter((one) => one !== undefined).map((one) => jsonText(one, cleaner));
  return {
    role: roles[given["role"] as string] ?? "user",
    content: [...(said === "" ? [] : [cleaner.text(said)]), ...rest].join("\n"),
    ...(images.length === 0 ? {} : { images: images.map((one) => toImage(one, cleaner)) }),
    ...(reasoningText === "" ? {} : { reasoning: cleaner.text(reasoningText) }),
    ...(calls.length === 0 ? {} : { toolCalls: calls.map((one) => toCall(one, cleaner)) }),
    ...(typeof callId === "string" ? { toolCallId: callId } : {}),
  };
}

const isCall = (part: JsonObject): boolean => part["type"] === "tool-call";

const isImage = (part: JsonObject): boolean =>
  part["type"] === "image_url" || part["type"] === "image" || part["type"] === "input_image";

function toCall(call: JsonObject, cleaner: Cleaner): ToolCall {
  const inner = isObject(call["function"]) ? call["function"] : call;
  const given = inner["arguments"] ?? inner["input"] ?? inner["args"] ?? "";
  return {
    id: plainText(call["id"] ?? call["toolCallId"]),
    name: cleaner.text(plainText(inner["name"] ?? inner["toolName"])),
    arguments: typeof given === "string" ? cleaner.text(given) : jsonText(given, cleaner),
  };
}

function toImage(image: JsonObject, cleaner: Cleaner): MessageImage {
  const inner = image["url"] ?? image["image_url"] ?? image["image"];
  const url = isObject(inner) && !(inner instanceof URL) ? inner["url"] : inner;
  const mediaType = image["mediaType"];
  const known = typeof url === "string" || url instanceof URL ? String(url) : cleaner.json(url);
  return {
    url: cleaner.text(typeof known === "string" ? known : JSON.stringify(known)),
    ...(typeof mediaType === "string" ? { mediaType } : {}),
  };
}
