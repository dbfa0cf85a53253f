/** Messages and answers as the AI SDK holds them, as ours: its model messages, its prompts for providers, its content parts. */
import { cutText } from "../../core/cut-texts.ts";
import { messageOf } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Message, MessageImage, Role, ToolCall } from "../../core/message.ts";
import { plainText } from "../../messages/plain-text.ts";
import { roles } from "../../messages/roles.ts";

/** Characters of a picture that stand in a message; every step of an agent repeats its pictures. */
const imageRoom = 32_768;

/** Parts that say what other parts or spans say already. */
const silent = new Set(["tool-approval-request", "source", "step-start"]);

/**
 * What a model was given.
 *
 * @param instructions  the system prompt: a text, a system message, or a list of them
 * @param messages  model messages, or a provider's prompt
 */
export function sdkMessages(instructions: unknown, messages: unknown): Message[] {
  const system = Array.isArray(instructions) ? instructions : [instructions];
  const before = system.flatMap((one) =>
    typeof one === "string" ? [{ role: "system", content: one }] : [one],
  );
  const list = Array.isArray(messages) ? messages : [messages];
  return [...before, ...list].flatMap(toMessages);
}

/** What a model answered: one message of the assistant, and one for each result of a tool that the provider ran itself. */
export function sdkAnswer(content: unknown): Message[] {
  return toMessages({ role: "assistant", content });
}

/** What the user asked last, in words. */
export function lastAsked(messages: readonly Message[]): string {
  return messages.findLast((one) => one.role === "user")?.content ?? "";
}

function toMessages(given: unknown): Message[] {
  if (typeof given === "string") return [{ role: "user", content: given }];
  if (!isObject(given)) return [];
  const role = roles[plainText(given["role"])] ?? "user";
  const { content } = given;
  if (typeof content === "string") return [{ role, content }];
  const parts = new PartReader();
  for (const part of Array.isArray(content) ? content : []) parts.read(part);
  return parts.finish(role);
}

class PartReader {
  readonly #texts: string[] = [];
  readonly #thoughts: string[] = [];
  readonly #calls: ToolCall[] = [];
  readonly #images: MessageImage[] = [];
  readonly #results: Message[] = [];

  read(part: unknown): void {
    if (!isObject(part)) return;
    const type = plainText(part["type"]);
    switch (type) {
      case "text":
        return void this.#texts.push(plainText(part["text"]));
      case "reasoning":
        return void this.#thoughts.push(plainText(part["text"]));
      case "tool-call":
        return void this.#calls.push(toCall(part));
      case "tool-result":
      case "tool-error":
        return void this.#results.push(toResult(part));
      case "tool-approval-response":
        return void this.#results.push(toApproval(part));
      case "image":
      case "file":
        return this.#file(part);
      default:
        if (!silent.has(type)) this.#texts.push(jsonText(part));
    }
  }

  /** A prompt's file stands in its part, a generated one in a field of it. */
  #file(part: JsonObject): void {
    const file = isObject(part["file"]) ? part["file"] : part;
    const mediaType = plainText(file["mediaType"]);
    const isImage = part["type"] === "image" || /^image(?:\/|$)/.test(mediaType);
    const url = urlOf(file, isImage && mediaType === "" ? "image/*" : mediaType);
    if (isImage) this.#images.push({ url, ...(mediaType === "" ? {} : { mediaType }) });
    else this.#texts.push(`[file ${[plainText(file["filename"]), url].filter(Boolean).join(" ")}]`);
  }

  finish(role: Role): Message[] {
    const own: Message = {
      role,
      content: this.#texts.join(""),
      ...(this.#images.length === 0 ? {} : { images: this.#images }),
      ...(this.#thoughts.length === 0 ? {} : { reasoning: this.#thoughts.join("") }),
      ...(this.#calls.length === 0 ? {} : { toolCalls: this.#calls }),
    };
    // A message of tools is nothing but its results.
    const isOwn = role !== "tool" || this.#texts.length + this.#images.length > 0;
    return isOwn ? [own, ...this.#results] : this.#results;
  }
}

const toCall = (part: JsonObject): ToolCall => ({
  id: plainText(part["toolCallId"]),
  name: plainText(part["toolName"]),
  arguments: typeof part["input"] === "string" ? part["input"] : jsonText(part["input"] ?? {}),
});

const toResult = (part: JsonObject): Message => ({
  role: "tool",
  content:
    part["error"] === undefined ? resultText(part["output"] ?? "") : messageOf(part["error"]),
  toolCallId: plainText(part["toolCallId"]),
});

const toApproval = ({ approvalId, approved, reason }: JsonObject): Message => ({
  role: "tool",
  content: jsonText({ approvalId, approved, reason }),
});

/** `{ type, value }`, as models are told of results; anything else as it is. */
function resultText(output: unknown): string {
  if (typeof output === "string") return output;
  if (!isObject(output)) return jsonText(output);
  const { type, value, reason } = output;
  if (type === "execution-denied") {
    return reason === undefined ? "execution denied" : `execution denied: ${plainText(reason)}`;
  }
  if (type === "text" || type === "error-text") return plainText(value);
  if (type === "json" || type === "error-json") return jsonText(value);
  if (type !== "content" || !Array.isArray(value)) return jsonText(output);
  return value.map(contentText).join("\n");
}

/** A part of a result: what is no text is named, its bytes are not repeated. */
function contentText(part: unknown): string {
  if (!isObject(part)) return jsonText(part);
  if (part["type"] === "text") return plainText(part["text"]);
  const mediaType = plainText(part["mediaType"]);
  return `[${plainText(part["type"])} ${cutText(urlOf(part, mediaType), 200)}]`;
}

/** Where a file lies, or its bytes as a `data:` URL, cut where they are many. */
function urlOf(file: JsonObject, mediaType: string): string {
  const source = file["image"] ?? file["data"] ?? file["url"];
  const tagged = isObject(source) && !(source instanceof URL) && !isBytes(source);
  if (tagged && typeof source["type"] === "string") return taggedUrl(source, mediaType);
  if (source instanceof URL) return shorter(source.href);
  const generated = source ?? (file["uint8ArrayData"] || file["base64Data"] || file["base64"]);
  if (isBytes(generated)) return bytesUrl(generated, mediaType);
  if (typeof generated === "string") {
    return shorter(isUrl(generated) ? generated : `data:${mediaType};base64,${generated}`);
  }
  return generated === undefined ? "" : cutText(jsonText(generated), imageRoom);
}

/** AI SDK 7 says what a file's data is: bytes, a URL, a provider's own reference, or a text. */
function taggedUrl(source: JsonObject, mediaType: string): string {
  const { type, data, url, text } = source;
  if (type === "text") return shorter(plainText(text));
  if (type === "url") return shorter(String(url));
  if (type === "data") return urlOf({ data }, mediaType);
  return cutText(jsonText(source["reference"] ?? source), imageRoom);
}

function bytesUrl(bytes: ArrayBufferView | ArrayBuffer, mediaType: string): string {
  const view =
    bytes instanceof ArrayBuffer
      ? Buffer.from(bytes)
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Only what is kept is encoded: three bytes are four characters.
  const kept = view.subarray(0, imageRoom).toString("base64");
  const head = `data:${mediaType};base64,`;
  return cutText(head + kept, imageRoom, head.length + 4 * Math.ceil(view.length / 3));
}

const shorter = (url: string): string => cutText(url, imageRoom);

const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(text.slice(0, 32));

const isBytes = (value: unknown): value is ArrayBufferView | ArrayBuffer =>
  ArrayBuffer.isView(value) || value instanceof ArrayBuffer;

/** Anything as JSON; what has no such form is named. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch (error) {
    return `[unreadable: ${messageOf(error)}]`;
  }
}
