/** OpenAI's Responses. */
import { fieldsOf, isObject, type JsonObject, objectsOf } from "../../core/json.ts";
import { StreamedAnswer } from "../streamed-answer.ts";
import { usageOf } from "../token-usage.ts";
import { itemMessages } from "./response-items.ts";
import {
  askedFor,
  commonFacts,
  textField,
  toolResults,
  type Wire,
  type WireAnswer,
  wireError,
} from "./wire.ts";

/** Events that carry the whole response, at the end of a stream. */
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
        ...textField("openai.request.previous_response_id", previous),
      },
      results: toolResults(objectsOf(input), ({ type, call_id: id, output }) =>
        resultTypes.has(type) ? { id, content: output } : undefined,
      ),
    };
  },

  isAnswer: ({ object, output }) => object === "response" && Array.isArray(output),

  answer: (body) => answerOf(body, true),

  streamed(events) {
    const last = events.findLast(({ type }) => lastEvents.has(String(type)));
    if (last !== undefined && isObject(last["response"])) return answerOf(last["response"], true);
    const failure = events.findLast(({ type }) => type === "error");
    const begun = fieldsOf(events.find(({ response }) => isObject(response))?.["response"]);
    const answer = answerOf({ ...begun, output: itemsOf(events) }, false);
    if (failure === undefined) return answer;
    const error = wireError({ error: failure["error"] ?? failure });
    return { ...answer, isWhole: true, ...(error === undefined ? {} : { error }) };
  },
};

/** The items of a stream that broke off: finished ones whole, the others as far as they came. */
function itemsOf(events: readonly JsonObject[]): JsonObject[] {
  const items = new Map<number, StreamedItem>();
  for (const { output_index: place, type, item, delta } of events) {
    const index = Number(place ?? 0);
    const known = items.get(index) ?? new StreamedItem();
    items.set(index, known);
    if (isObject(item)) known.begin(item, type === "response.output_item.done");
    else if (typeof delta === "string") known.extend(String(type), delta);
  }
  return [...items].toSorted(([a], [b]) => a - b).map(([, item]) => item.whole());
}

/** An item of a streamed answer. */
class StreamedItem {
  #item: JsonObject = {};
  #isDone = false;
  readonly #answer = new StreamedAnswer();

  begin(item: JsonObject, isDone: boolean): void {
    this.#item = item;
    this.#isDone = isDone;
  }

  extend(type: string, delta: string): void {
    if (type === "response.function_call_arguments.delta") {
      this.#answer.callPiece({ piece: delta });
    } else if (type.includes("reasoning")) this.#answer.reasoning(delta);
    else if (type.includes("output_text")) this.#answer.text(delta);
  }

  whole(): JsonObject {
    if (this.#isDone || this.#answer.isEmpty) return this.#item;
    const [{ content, reasoning, toolCalls } = { content: "" }] = this.#answer.messages();
    return {
      ...this.#item,
      ...(content === "" ? {} : { content: [{ type: "output_text", text: content }] }),
      ...(reasoning === undefined ? {} : { summary: [{ type: "summary_text", text: reasoning }] }),
      ...(toolCalls === undefined ? {} : { arguments: toolCalls[0]?.arguments }),
    };
  }
}

function answerOf(body: JsonObject, isWhole: boolean): WireAnswer {
  const output = itemMessages(undefined, body["output"]);
  const reason = fieldsOf(body["incomplete_details"])["reason"] ?? body["status"];
  return {
    ...commonFacts(body),
    ...(output.length === 0 ? {} : { output }),
    ...usageOf(body["usage"]),
    finishReasons: isWhole && typeof reason === "string" ? [reason] : [],
    isWhole,
  };
}

const resultTypes: ReadonlySet<unknown> = new Set([
  "function_call_output",
  "custom_tool_call_output",
]);
