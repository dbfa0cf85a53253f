/** Anthropic's Messages. */
import { isObject, type JsonObject, objectsOf } from "../../core/json.ts";
import type { Message, MessageImage, ToolCall } from "../../core/message.ts";
import { plainText } from "../plain-text.ts";
import { roles } from "../roles.ts";
import { tokenUsage } from "../token-usage.ts";
import {
  plainContent,
  textOf,
  askedFor,
  textField,
  type ToolResult,
  type Wire,
  type WireAnswer,
  wireError,
} from "./wire.ts";

export const anthropicMessages: Wire = {
  request(body) {
    const { messages, model, system } = body;
    const isOurs = typeof model === "string" && typeof body["max_tokens"] === "number";
    if (!isOurs || !Array.isArray(messages)) return undefined;
    const instructions = plainContent(system);
    const said = objectsOf(messages).flatMap(messagesOf);
    return {
      model,
      input:
        typeof instructions === "string" && instructions !== ""
          ? [{ role: "system", content: instructions }, ...said]
          : said,
      attributes: askedFor(body),
      results: resultsOf(objectsOf(messages)),
    };
  },

  answer: (body) => answerOf(body, true),

  streamed(events) {
    const blocks = new Map<number, JsonObject>();
    let facts: JsonObject = {};
    let usage: JsonObject = {};
    let isWhole = false;
    for (const event of events) {
      const index = Number(event["index"] ?? 0);
      const { type, message, content_block: block, delta } = event;
      if (type === "message_start" && isObject(message)) facts = message;
      if (type === "content_block_start" && isObject(block)) blocks.set(index, block);
      if (type === "content_block_delta" && isObject(delta)) {
        blocks.set(index, extended(blocks.get(index) ?? {}, delta));
      }
      if (type === "message_delta" && isObject(delta)) facts = { ...facts, ...delta };
      if (type === "message_stop") isWhole = true;
      if (type === "error") facts = { ...facts, error: event["error"] };
      for (const one of [isObject(message) ? message["usage"] : undefined, event["usage"]]) {
        if (isObject(one)) usage = { ...usage, ...one };
      }
    }
    const content = [...blocks].toSorted(([a], [b]) => a - b).map(([, block]) => block);
    return answerOf({ ...facts, content, usage, role: "assistant" }, isWhole || "error" in facts);
  },
};

function extended(block: JsonObject, delta: JsonObject): JsonObject {
  const piece = delta["partial_json"];
  if (typeof piece === "string") return { ...block, json: plainText(block["json"]) + piece };
  const field = typeof delta["text"] === "string" ? "text" : "thinking";
  const text = delta[field];
  return typeof text === "string" ? { ...block, [field]: plainText(block[field]) + text } : block;
}

function answerOf(body: JsonObject, isWhole: boolean): WireAnswer {
  const usage = isObject(body["usage"]) ? body["usage"] : {};
  const cached = usage["cache_read_input_tokens"];
  const created = usage["cache_creation_input_tokens"];
  // Ours counts all that was read; theirs leaves out what has to do with the cache.
  const parts = [usage["input_tokens"], cached, created].filter((one) => typeof one === "number");
  const input = parts.length === 0 ? undefined : parts.reduce((a, b) => a + b, 0);
  const output = Array.isArray(body["content"]) ? messagesOf({ ...body, role: "assistant" }) : [];
  const reason = body["stop_reason"];
  const error = wireError(body);
  return {
    ...textField("id", body["id"]),
    ...textField("model", body["model"]),
    ...(output.length === 0 ? {} : { output }),
    ...tokenUsage(input, usage["output_tokens"], { cached }),
    finishReasons: typeof reason === "string" ? [reason] : [],
    ...(error === undefined ? {} : { error }),
    isWhole,
  };
}

/** One of theirs: results of tools are messages of their own with us. */
function messagesOf(given: JsonObject): Message[] {
  const { content } = given;
  const role = roles[plainText(given["role"])] ?? "user";
  if (typeof content === "string") return [{ role, content }];
  const parts = new Map<string, JsonObject[]>();
  for (const block of objectsOf(content)) {
    const type = plainText(block["type"]);
    const kind = known.has(type) ? type : "strange";
    parts.set(kind, [...(parts.get(kind) ?? []), block]);
  }
  const of = (kind: string): readonly JsonObject[] => parts.get(kind) ?? [];
  const said = [
    of("text")
      .map(({ text }) => plainText(text))
      .join(""),
    ...of("strange").map((block) => JSON.stringify(block)),
  ].filter((text) => text !== "");
  const reasoning = of("thinking")
    .map(({ thinking }) => plainText(thinking))
    .join("");
  const images = of("image").map(imageOf);
  const toolCalls = of("tool_use").map(callOf);
  const own: Message = {
    role,
    content: said.join("\n"),
    ...(images.length === 0 ? {} : { images }),
    ...(reasoning === "" ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
  const results = of("tool_result").map((block): Message => ({
    role: "tool",
    content: textOf(plainContent(block["content"])),
    toolCallId: plainText(block["tool_use_id"]),
  }));
  const isEmpty = own.content === "" && Object.keys(own).length === 2;
  return isEmpty && results.length > 0 ? results : [...results, own];
}

const known = new Set(["text", "thinking", "image", "tool_use", "tool_result"]);

function imageOf(block: JsonObject): MessageImage {
  const source = isObject(block["source"]) ? block["source"] : {};
  const { url, data, media_type: media } = source;
  const mediaType = textField("mediaType", media);
  if (typeof url === "string") return { url, ...mediaType };
  return { url: `data:${plainText(media)};base64,${plainText(data)}`, ...mediaType };
}

const callOf = (block: JsonObject): ToolCall => ({
  id: plainText(block["id"]),
  name: plainText(block["name"]),
  arguments:
    typeof block["json"] === "string" ? block["json"] : JSON.stringify(block["input"] ?? {}),
});

function resultsOf(messages: readonly JsonObject[]): Map<string, ToolResult> {
  const results = new Map<string, ToolResult>();
  for (const block of messages.flatMap(({ content }) => objectsOf(content))) {
    const { type, tool_use_id: id, content, is_error: isError } = block;
    if (type !== "tool_result" || typeof id !== "string") continue;
    results.set(id, { value: plainContent(content), isError: isError === true });
  }
  return results;
}
