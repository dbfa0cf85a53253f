/** OpenAI's Responses. */
import { isObject, type JsonObject, type JsonValue } from "../../../../core/json.ts";
import type { Message, MessageImage, ToolCall } from "../../../../core/message.ts";
import { plainText } from "../../../plain-text.ts";
import { roles } from "../../../role-names.ts";
import { plainContent } from "./chat-completions.ts";
import {
  objects,
  settingsOf,
  textField,
  type ToolResult,
  usageOf,
  type Wire,
  type WireAnswer,
  wireError,
} from "./wire.ts";

/** Events that carry the response as it is at its end. */
const lastEvents = new Set(["response.completed", "response.incomplete", "response.failed"]);

export const responses: Wire = {
  request(body) {
    const { input, instructions, model, previous_response_id: previous } = body;
    const hasInput = typeof input === "string" || Array.isArray(input);
    if (!hasInput && !isObject(body["prompt"])) return undefined;
    if (typeof model !== "string" && !isObject(body["prompt"])) return undefined;
    const items = objects(input);
    const said = typeof input === "string" ? [userMessage(input)] : messagesOf(items);
    const isInstructed = typeof instructions === "string" && instructions !== "";
    return {
      ...textField("model", model),
      input: isInstructed ? [{ role: "system", content: instructions }, ...said] : said,
      attributes: {
        ...settingsOf(body),
        ...(typeof previous === "string"
          ? { "openai.request.previous_response_id": previous }
          : {}),
      },
      results: resultsOf(items),
    };
  },

  answer: (body) => answerOf(body, true),

  streamed(events) {
    const last = events.findLast(({ type }) => lastEvents.has(String(type)));
    if (last !== undefined && isObject(last["response"])) return answerOf(last["response"], true);
    const failure = events.findLast(({ type }) => type === "error");
    const begun = events.find(({ response }) => isObject(response))?.["response"] as
      | JsonObject
      | undefined;
    const answer = answerOf({ ...begun, output: itemsOf(events) }, false);
    if (failure === undefined) return answer;
    const error = wireError({ error: failure["error"] ?? failure });
    return { ...answer, isWhole: true, ...(error === undefined ? {} : { error }) };
  },
};

const userMessage = (content: string): Message => ({ role: "user", content });

/** The items of a stream that broke off: those that were finished, and what was said of the others. */
function itemsOf(events: readonly JsonObject[]): JsonObject[] {
  const items = new Map<number, JsonObject>();
  for (const event of events) {
    const index = Number(event["output_index"] ?? 0);
    const known = items.get(index) ?? {};
    const { type, item, delta } = event;
    if (type === "response.output_item.added" || type === "response.output_item.done") {
      if (isObject(item)) items.set(index, item);
    } else if (typeof delta === "string") {
      items.set(index, extended(known, String(type), delta));
    }
  }
  return [...items].toSorted(([a], [b]) => a - b).map(([, item]) => item);
}

function extended(item: JsonObject, type: string, delta: string): JsonObject {
  if (type === "response.function_call_arguments.delta") {
    return { ...item, arguments: plainText(item["arguments"]) + delta };
  }
  const field = /reasoning/.test(type) ? "summary" : /output_text/.test(type) ? "content" : "";
  if (field === "") return item;
  const [part] = objects(item[field]);
  return { ...item, [field]: [{ ...part, text: plainText(part?.["text"]) + delta }] };
}

function answerOf(body: JsonObject, isWhole: boolean): WireAnswer {
  const usage = isObject(body["usage"]) ? body["usage"] : {};
  const given = isObject(usage["input_tokens_details"]) ? usage["input_tokens_details"] : {};
  const made = isObject(usage["output_tokens_details"]) ? usage["output_tokens_details"] : {};
  const output = messagesOf(objects(body["output"]));
  const error = wireError(body);
  const cut = isObject(body["incomplete_details"])
    ? body["incomplete_details"]["reason"]
    : undefined;
  const reason = cut ?? body["status"];
  return {
    ...textField("id", body["id"]),
    ...textField("model", body["model"]),
    ...(output.length === 0 ? {} : { output }),
    ...usageOf(usage["input_tokens"], usage["output_tokens"], {
      reasoning: made["reasoning_tokens"],
      cached: given["cached_tokens"],
    }),
    finishReasons: isWhole && typeof reason === "string" ? [reason] : [],
    ...(error === undefined ? {} : { error }),
    isWhole,
  };
}

/** Items in order as messages: what the model thought, said and called in one turn is one message. */
function messagesOf(items: readonly JsonObject[]): Message[] {
  const messages: Message[] = [];
  for (const item of items) {
    const message = messageOf(item);
    const last = messages.at(-1);
    if (last?.role === "assistant" && message.role === "assistant") {
      messages[messages.length - 1] = joined(last, message);
    } else messages.push(message);
  }
  return messages;
}

function joined(a: Message, b: Message): Message {
  const reasoning = [a.reasoning, b.reasoning].filter((text) => text !== undefined).join("\n");
  const toolCalls = [...(a.toolCalls ?? []), ...(b.toolCalls ?? [])];
  const images = [...(a.images ?? []), ...(b.images ?? [])];
  return {
    role: "assistant",
    content: [a.content, b.content].filter((text) => text !== "").join("\n"),
    ...(images.length === 0 ? {} : { images }),
    ...(reasoning === "" ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}

function messageOf(item: JsonObject): Message {
  switch (item["type"] ?? "message") {
    case "message":
      return spoken(item);
    case "reasoning": {
      const parts = [...objects(item["summary"]), ...objects(item["content"])];
      const reasoning = parts.map(({ text }) => plainText(text)).join("\n");
      return { role: "assistant", content: "", ...(reasoning === "" ? {} : { reasoning }) };
    }
    case "function_call":
    case "custom_tool_call":
      return { role: "assistant", content: "", toolCalls: [callOf(item)] };
    case "function_call_output":
    case "custom_tool_call_output":
      return {
        role: "tool",
        content: textOf(plainContent(item["output"])),
        toolCallId: plainText(item["call_id"]),
      };
    default:
      // Calls of the provider's own tools, references to earlier items: kept as they are.
      return { role: "assistant", content: JSON.stringify(item) };
  }
}

function spoken(item: JsonObject): Message {
  const { content } = item;
  const parts = objects(content);
  const images = parts.flatMap(imageOf);
  const texts = parts.map((part) => part["text"] ?? part["refusal"]);
  const strange = parts.filter((_, i) => texts[i] === undefined && imageOf(parts[i]!).length === 0);
  const said = typeof content === "string" ? [content] : texts.map(plainText);
  return {
    role: roles[plainText(item["role"])] ?? "user",
    content: [said.join(""), ...strange.map((part) => JSON.stringify(part))]
      .filter((text) => text !== "")
      .join("\n"),
    ...(images.length === 0 ? {} : { images }),
  };
}

const imageOf = (part: JsonObject): MessageImage[] =>
  part["type"] === "input_image" && typeof part["image_url"] === "string"
    ? [{ url: part["image_url"] }]
    : [];

const callOf = (item: JsonObject): ToolCall => ({
  id: plainText(item["call_id"] ?? item["id"]),
  name: plainText(item["name"]),
  arguments: plainText(item["arguments"] ?? item["input"]),
});

function resultsOf(items: readonly JsonObject[]): Map<string, ToolResult> {
  const results = new Map<string, ToolResult>();
  for (const { type, call_id: id, output } of items) {
    const isResult = type === "function_call_output" || type === "custom_tool_call_output";
    if (isResult && typeof id === "string")
      results.set(id, { value: plainContent(output), isError: false });
  }
  return results;
}

const textOf = (value: JsonValue): string =>
  typeof value === "string" ? value : JSON.stringify(value);
