/** LangChain's messages, in all the forms its models are given and give back, as ours. */
import { isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import { foreignMessages } from "../../messages/read-messages.ts";
import { plainText } from "../../messages/plain-text.ts";
import { roles } from "../../messages/roles.ts";

/** Messages as objects of LangChain's classes, as plain objects `{ role, content }`, as pairs `["user", "…"]` or as texts. */
export function chainMessages(messages: unknown): Message[] {
  const list = Array.isArray(messages) ? messages : [messages];
  return list.flatMap(toMessages);
}

function toMessages(given: unknown): Message[] {
  if (typeof given === "string") return [{ role: "user", content: given }];
  if (Array.isArray(given) && given.length === 2) {
    return toMessages({ role: plainText(given[0]), content: given[1] as unknown });
  }
  if (!isObject(given)) return [];
  const calls = callsOf(given);
  const plain = {
    role: roles[roleOf(given)] ?? "user",
    content: contentOf(given["content"], calls.length > 0),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(typeof given["tool_call_id"] === "string" ? { tool_call_id: given["tool_call_id"] } : {}),
    ...reasoningOf(given["additional_kwargs"]),
  };
  const { text } = foreignMessages([plain as JsonValue], "user");
  return typeof text === "string" ? [] : [...text];
}

/** `type` in LangChain 1, `getType()` and `_getType()` before; a ChatMessage names its own role. */
function roleOf(message: JsonObject): string {
  const own = plainText(message["role"]);
  if (own !== "") return own;
  if (typeof message["type"] === "string") return message["type"];
  const getType = message["getType"] ?? message["_getType"];
  return typeof getType === "function" ? plainText(getType.call(message)) : "";
}

/** Calls that could be read, then those that could not. */
function callsOf(message: JsonObject): JsonObject[] {
  const read = (key: string): readonly JsonObject[] =>
    Array.isArray(message[key]) ? message[key].filter(isObject) : [];
  const all = [...read("tool_calls"), ...read("invalid_tool_calls")];
  return all.map(({ id, name, args, function: inner }) =>
    isObject(inner)
      ? { id: plainText(id), function: inner }
      : { id: plainText(id), name: plainText(name), arguments: args ?? "" },
  );
}

/** Kinds of blocks that repeat a message's `tool_calls`. */
const callBlock = /^(?:tool_use|tool_call|tool_call_chunk|function_call|input_json_delta)$/;

function contentOf(content: unknown, hasCalls: boolean): unknown {
  if (!Array.isArray(content)) return content ?? "";
  return content
    .filter((part) => !(hasCalls && isObject(part) && callBlock.test(plainText(part["type"]))))
    .map(blockOf);
}

/** Blocks as providers write them, where LangChain passes them on. */
function blockOf(part: unknown): unknown {
  if (!isObject(part)) return part;
  const { source } = part;
  // Anthropic: { type: "image", source: { type: "base64", media_type, data } }.
  if (part["type"] === "image" && isObject(source)) {
    return {
      type: "image",
      url: source["url"],
      data: source["data"],
      mediaType: source["media_type"],
    };
  }
  if (part["type"] === "reasoning" && Array.isArray(part["summary"])) {
    return {
      type: "reasoning",
      text: part["summary"].map((one) => plainText(isObject(one) ? one["text"] : one)).join("\n"),
    };
  }
  if (part["type"] === "reasoning" && typeof part["reasoning"] === "string") {
    return { type: "reasoning", text: part["reasoning"] };
  }
  return part;
}

/** Thoughts beside the content: DeepSeek's `reasoning_content`, the summary of the Responses API. */
function reasoningOf(extra: unknown): { readonly reasoning?: string } {
  if (!isObject(extra)) return {};
  const { reasoning_content: said, reasoning } = extra;
  if (typeof said === "string" && said !== "") return { reasoning: said };
  const summary = isObject(reasoning) ? reasoning["summary"] : undefined;
  if (!Array.isArray(summary)) return {};
  const text = summary.map((one) => plainText(isObject(one) ? one["text"] : one)).join("\n");
  return text === "" ? {} : { reasoning: text };
}
