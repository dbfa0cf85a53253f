/**
 * Items of the Responses API as messages, as the API has them (`call_id`) and as OpenAI Agents JS has them (`callId`).
 *
 * What a model says in one go, thoughts, text and calls, becomes one message; the same items become the same messages,
 * whether a model answered them or is given them later.
 */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Message, MessageImage, Role, ToolCall } from "../../core/message.ts";
import { plainText } from "../plain-text.ts";
import { roles } from "../roles.ts";

/** @param items  a text, which the user says, or a list of items */
export function itemMessages(instructions: unknown, items: unknown): Message[] {
  const reader = new ItemReader();
  if (typeof instructions === "string" && instructions !== "") {
    reader.messages.push({ role: "system", content: instructions });
  }
  if (typeof items === "string") reader.messages.push({ role: "user", content: items });
  if (Array.isArray(items)) for (const item of items) reader.read(item);
  return reader.messages;
}

/** A message that grows. */
type Draft = { -readonly [K in keyof Message]: Message[K] };

class ItemReader {
  readonly messages: Message[] = [];
  /** The assistant's message that further items belong to. */
  #open: Draft | undefined;

  read(given: unknown): void {
    if (!isObject(given)) return;
    const item = native(given);
    const type = plainText(item["type"]);
    if (type === "reasoning") return this.#reason(item);
    if (/_(?:result|output)$/.test(type)) return this.#result(item);
    if (typeof item["role"] === "string") return this.#message(item["role"], item["content"]);
    if (type.endsWith("_call")) return this.#call(callOf(item, type));
    // Which tools a server has is nothing that anybody said.
    if (type === "mcp_list_tools") return;
    // References to earlier items, and kinds that are not known yet: as they are.
    this.#say(JSON.stringify(withoutBytes(item)), []);
  }

  #assistant(): Draft {
    if (this.#open === undefined) {
      this.#open = { role: "assistant", content: "" };
      this.messages.push(this.#open);
    }
    return this.#open;
  }

  #reason(item: JsonObject): void {
    // Agents JS has the summary in `content`, the API has the thoughts themselves.
    const { rawContent, providerData, content, summary } = item;
    const raw = rawContent ?? (isObject(providerData) ? providerData["content"] : undefined);
    const text = [raw, content, summary].map((one) => texts(one, "\n")).find((one) => one !== "");
    // Thoughts after words belong to what is said next; those between calls made in one go do not part them.
    if (this.#open !== undefined && this.#open.content !== "") this.#open = undefined;
    const draft = this.#assistant();
    if (text === undefined) return;
    draft.reasoning = draft.reasoning === undefined ? text : `${draft.reasoning}\n${text}`;
  }

  #call(call: ToolCall): void {
    const draft = this.#assistant();
    draft.toolCalls = [...(draft.toolCalls ?? []), call];
  }

  #result(item: JsonObject): void {
    this.#open = undefined;
    const { output } = item;
    const images = imagesOf(output);
    const id = item["callId"] ?? item["call_id"];
    this.messages.push({
      role: "tool",
      content: resultText(output),
      ...(images.length === 0 ? {} : { images }),
      ...(typeof id === "string" ? { toolCallId: id } : {}),
    });
  }

  #message(name: string, content: unknown): void {
    const role: Role = roles[name] ?? "user";
    const text = texts(content);
    const images = imagesOf(content);
    if (role === "assistant") return this.#say(text, images);
    this.#open = undefined;
    this.messages.push({ role, content: text, ...(images.length === 0 ? {} : { images }) });
  }

  #say(text: string, images: readonly MessageImage[]): void {
    if (this.#open !== undefined && !isOnlyThought(this.#open)) this.#open = undefined;
    const draft = this.#assistant();
    draft.content = text;
    if (images.length > 0) draft.images = images;
  }
}

const isOnlyThought = (draft: Message): boolean =>
  draft.content === "" && draft.toolCalls === undefined && draft.images === undefined;

/** Agents JS keeps what has no place in its own item for tools of the provider, which is nearly all, beside it. */
function native(item: JsonObject): JsonObject {
  const { name, providerData, ...rest } = item;
  if (item["type"] === "unknown" && isObject(providerData)) return providerData;
  if (item["type"] !== "hosted_tool_call") return item;
  return { ...rest, type: name, ...(isObject(providerData) ? providerData : {}) };
}

/** A call without an id to answer it by was run by the provider. */
function callOf(item: JsonObject, type: string): ToolCall {
  const keys = ["arguments", "input", "action", "operation", "code", "queries"];
  const given = keys.map((key) => item[key]).find((one) => one !== undefined) ?? {};
  return {
    id: plainText(item["callId"] ?? item["call_id"]),
    name: plainText(item["name"]) || type.replace(/_call$/, ""),
    arguments: typeof given === "string" ? given : JSON.stringify(given),
  };
}

/** The texts among the parts of a content; parts of other kinds that are no pictures as their JSON. */
function texts(content: unknown, between = ""): string {
  if (typeof content === "string") return content;
  if (isObject(content)) return texts([content]);
  if (!Array.isArray(content)) return "";
  return content.map(partText).join(between);
}

function partText(part: unknown): string {
  if (typeof part === "string") return part;
  if (!isObject(part) || isImage(part)) return "";
  for (const key of ["text", "refusal", "transcript"]) {
    if (typeof part[key] === "string") return part[key];
  }
  return JSON.stringify(withoutBytes(part));
}

/** Sound and files as the length of their data. */
function withoutBytes(part: JsonObject): JsonObject {
  const short = (value: unknown): unknown =>
    typeof value === "string" && value.length > 1024 ? `[${value.length} characters]` : value;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, short(value)]));
}

function resultText(output: unknown): string {
  const text = texts(output);
  if (text !== "" || output === undefined || output === null || output === "") return text;
  return imagesOf(output).length > 0 ? "" : JSON.stringify(output);
}

const isImage = (part: JsonObject): boolean =>
  typeof part["type"] === "string" && /(?:^|_)image$|^image_url$|screenshot$/.test(part["type"]);

function imagesOf(content: unknown): MessageImage[] {
  const parts = Array.isArray(content) ? content : [content];
  return parts.filter(isObject).filter(isImage).flatMap(toImage);
}

function toImage(part: JsonObject): MessageImage[] {
  const named = part["image"] ?? part["image_url"] ?? part["imageUrl"] ?? part["file_id"];
  const inner = isObject(named) ? (named["url"] ?? named["data"] ?? named["id"]) : named;
  const url = plainText(inner ?? part["data"]);
  const mediaType = part["mediaType"] ?? (isObject(named) ? named["mediaType"] : undefined);
  if (url === "") return [];
  return [{ url, ...(typeof mediaType === "string" ? { mediaType } : {}) }];
}
