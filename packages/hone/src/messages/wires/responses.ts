/** OpenAI's Responses. */
import { isObject, type JsonObject, objectsOf } from "../../core/json.ts";
import { plainText } from "../plain-text.ts";
import { itemMessages } from "./response-items.ts";
import { tokenUsage } from "../token-usage.ts";
import {
  plainContent,
  askedFor,
  textField,
  type ToolResult,
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
    return {
      ...textField("model", model),
      input: itemMessages(instructions, input),
      attributes: {
        ...askedFor(body),
        ...(typeof previous === "string"
          ? { "openai.request.previous_response_id": previous }
          : {}),
      },
      results: resultsOf(objectsOf(input)),
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
  const [part] = objectsOf(item[field]);
  return { ...item, [field]: [{ ...part, text: plainText(part?.["text"]) + delta }] };
}

function answerOf(body: JsonObject, isWhole: boolean): WireAnswer {
  const usage = isObject(body["usage"]) ? body["usage"] : {};
  const given = isObject(usage["input_tokens_details"]) ? usage["input_tokens_details"] : {};
  const made = isObject(usage["output_tokens_details"]) ? usage["output_tokens_details"] : {};
  const output = itemMessages(undefined, body["output"]);
  const error = wireError(body);
  const cut = isObject(body["incomplete_details"])
    ? body["incomplete_details"]["reason"]
    : undefined;
  const reason = cut ?? body["status"];
  return {
    ...textField("id", body["id"]),
    ...textField("model", body["model"]),
    ...(output.length === 0 ? {} : { output }),
    ...tokenUsage(usage["input_tokens"], usage["output_tokens"], {
      reasoning: made["reasoning_tokens"],
      cached: given["cached_tokens"],
    }),
    finishReasons: isWhole && typeof reason === "string" ? [reason] : [],
    ...(error === undefined ? {} : { error }),
    isWhole,
  };
}

function resultsOf(items: readonly JsonObject[]): Map<string, ToolResult> {
  const results = new Map<string, ToolResult>();
  for (const { type, call_id: id, output } of items) {
    const isResult = type === "function_call_output" || type === "custom_tool_call_output";
    if (isResult && typeof id === "string")
      results.set(id, { value: plainContent(output), isError: false });
  }
  return results;
}
