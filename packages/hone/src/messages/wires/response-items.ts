/**
 * Items of the Responses API as messages, as the API has them (`call_id`) and as OpenAI Agents JS has them (`callId`).
 *
 * Reasoning, text and calls of one answer become one message. An item gives the same message in an answer as in a later request.
 */
import { fieldsOf, isObject, type JsonObject } from "../../core/json.ts";
import type { Message, ToolCall } from "../../core/message.ts";
import { MessageBuilder, type ReadingOptions } from "../message-builder.ts";
import { readContent, readResult, reasoningText } from "../part-forms.ts";
import { firstField, jsonText, plainText } from "../plain-text.ts";
import { roleNamed } from "../roles.ts";

/** @param items  a text, which the user says, or a list of items */
export function itemMessages(instructions: unknown, items: unknown): Message[] {
  const reader = new ItemReader();
  if (typeof instructions === "string" && instructions !== "") {
    reader.message("system", instructions);
  }
  if (typeof items === "string") reader.message("user", items);
  if (Array.isArray(items)) for (const item of items) reader.read(item);
  return reader.messages();
}

/** Long data of sound and files is left out of texts: its length stands in its place. */
const options: ReadingOptions = {
  toText: (value) => jsonText(isObject(value) ? withoutBytes(value) : value),
};

class ItemReader {
  readonly #read: (MessageBuilder | Message)[] = [];
  /** The assistant's message that the next item may belong to. */
  #open: MessageBuilder | undefined;

  read(given: unknown): void {
    if (!isObject(given)) return;
    const item = nativeItem(given);
    const type = plainText(item["type"]);
    if (type === "reasoning") return this.#reason(item);
    if (/_(?:result|output)$/.test(type)) return this.#result(item);
    if (typeof item["role"] === "string") return this.message(item["role"], item["content"]);
    if (type.endsWith("_call")) return this.#assistant().call(callOf(item, type));
    // The list of a server's tools is no part of the conversation.
    if (type === "mcp_list_tools") return;
    // References to earlier items, and kinds that are not known yet.
    this.#said((builder) => builder.unplaced(item));
  }

  message(name: string, content: unknown): void {
    const role = roleNamed(name) ?? "user";
    if (role === "assistant") return this.#said((builder) => readContent(content, builder));
    const builder = new MessageBuilder(options);
    readContent(content, builder);
    this.#open = undefined;
    this.#read.push(...builder.messages(role));
  }

  messages(): Message[] {
    return this.#read.flatMap((one) =>
      one instanceof MessageBuilder ? one.messages("assistant") : one,
    );
  }

  #assistant(): MessageBuilder {
    if (this.#open === undefined) {
      this.#open = new MessageBuilder(options);
      this.#read.push(this.#open);
    }
    return this.#open;
  }

  #reason(item: JsonObject): void {
    // `content` holds the reasoning itself in the API, and its summary in Agents JS.
    const { rawContent, providerData, content, summary } = item;
    const raw = rawContent ?? fieldsOf(providerData)["content"];
    const text = [raw, content, summary].map(reasoningText).find((one) => one !== "");
    // Reasoning after text begins the next message; reasoning between two calls stays in the message of both.
    if (this.#open?.hasText === true) this.#open = undefined;
    this.#assistant().reasoning(text ?? "", "\n");
  }

  #result(item: JsonObject): void {
    this.#open = undefined;
    const builder = new MessageBuilder(options);
    const id = item["callId"] ?? item["call_id"];
    const message = readResult(item["output"], builder);
    builder.result({ ...message, ...(typeof id === "string" ? { toolCallId: id } : {}) });
    this.#read.push(...builder.messages("tool"));
  }

  /** Reads text into the open message while that holds reasoning only, else into a new one. */
  #said(read: (builder: MessageBuilder) => void): void {
    if (this.#open?.isUnsaid === false) this.#open = undefined;
    read(this.#assistant());
  }
}

/** Agents JS keeps most fields of items of the provider's own tools in `providerData`. Returns the item as the API has it. */
function nativeItem(item: JsonObject): JsonObject {
  const { name, providerData, ...rest } = item;
  if (item["type"] === "unknown" && isObject(providerData)) return providerData;
  if (item["type"] !== "hosted_tool_call") return item;
  return { ...rest, type: name, ...fieldsOf(providerData) };
}

const argumentFields = ["arguments", "input", "action", "operation", "code", "queries"];

/** The call of an item. Calls that the provider ran itself have no id by which a result could answer them. */
function callOf(item: JsonObject, type: string): ToolCall {
  const given = firstField(item, argumentFields) ?? {};
  return {
    id: plainText(item["callId"] ?? item["call_id"]),
    name: plainText(item["name"]) || type.replace(/_call$/, ""),
    arguments: typeof given === "string" ? given : jsonText(given),
  };
}

function withoutBytes(part: JsonObject): JsonObject {
  const short = (value: unknown): unknown =>
    typeof value === "string" && value.length > 1024 ? `[${value.length} characters]` : value;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, short(value)]));
}
