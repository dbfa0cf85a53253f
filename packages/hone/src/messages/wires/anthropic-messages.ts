/** Anthropic's Messages. */
import { fieldsOf, isObject, type JsonObject, objectsOf } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import { readContent } from "../part-forms.ts";
import { plainText } from "../plain-text.ts";
import { readMessages } from "../read-messages.ts";
import { StreamedAnswer } from "../streamed-answer.ts";
import { tokenUsage } from "../token-usage.ts";
import { askedFor, commonFacts, toolResults, type Wire, type WireAnswer } from "./wire.ts";

export const anthropicMessages: Wire = {
  request(body) {
    const { messages, model, system } = body;
    const isOurs = typeof model === "string" && typeof body["max_tokens"] === "number";
    if (!isOurs || !Array.isArray(messages)) return undefined;
    const instructions = system === undefined ? [] : [{ role: "system", content: system }];
    return {
      model,
      input: readMessages([...instructions, ...objectsOf(messages)]),
      attributes: askedFor(body),
      results: toolResults(blocksOf(messages), ({ type, tool_use_id: id, content }) =>
        type === "tool_result" ? { id, content } : undefined,
      ),
    };
  },

  isAnswer: ({ type, role, content }) =>
    type === "message" && role === "assistant" && Array.isArray(content),

  answer(body) {
    const { content } = body;
    return answerOf(body, Array.isArray(content) ? readAnswer(content) : [], true);
  },

  streamed(events) {
    const blocks = new StreamedBlocks();
    let facts: JsonObject = {};
    let usage: JsonObject = {};
    let isWhole = false;
    for (const event of events) {
      const { type, message, delta } = event;
      if (type === "message_start" && isObject(message)) facts = message;
      if (type === "message_delta" && isObject(delta)) facts = { ...facts, ...delta };
      if (type === "message_stop") isWhole = true;
      if (type === "error") facts = { ...facts, error: event["error"] };
      usage = { ...usage, ...fieldsOf(fieldsOf(message)["usage"]), ...fieldsOf(event["usage"]) };
      blocks.add(event);
    }
    const body = { ...facts, usage };
    return answerOf(body, blocks.messages(), isWhole || "error" in facts);
  },
};

const blocksOf = (messages: unknown): JsonObject[] =>
  objectsOf(messages).flatMap(({ content }) => objectsOf(content));

const readAnswer = (content: unknown): Message[] => readMessages({ role: "assistant", content });

/** The blocks of an answer's content, as their pieces come. */
class StreamedBlocks {
  readonly #answer = new StreamedAnswer();
  /** Blocks of kinds that have no pieces of ours; they are read when the stream is over. */
  readonly #others = new Map<unknown, JsonObject>();

  add({ type, index, content_block: block, delta }: JsonObject): void {
    if (type === "content_block_start" && isObject(block)) this.#begin(index, block);
    if (type === "content_block_delta" && isObject(delta)) this.#extend(index, delta);
  }

  #begin(index: unknown, block: JsonObject): void {
    const { type, id, name, input } = block;
    if (type === "tool_use") this.#answer.callPiece({ index, id, name, value: input });
    else if (type === "text" || type === "thinking") readContent(block, this.#answer);
    else this.#others.set(index, block);
  }

  #extend(index: unknown, { text, thinking, partial_json: json }: JsonObject): void {
    if (typeof text === "string") this.#answer.text(text);
    if (typeof thinking === "string") this.#answer.reasoning(thinking);
    if (typeof json !== "string") return;
    const other = this.#others.get(index);
    if (other === undefined) this.#answer.callPiece({ index, piece: json });
    else this.#others.set(index, { ...other, json: plainText(other["json"]) + json });
  }

  messages(): Message[] {
    readContent([...this.#others.values()], this.#answer);
    return this.#answer.messages();
  }
}

function answerOf(body: JsonObject, output: readonly Message[], isWhole: boolean): WireAnswer {
  const usage = fieldsOf(body["usage"]);
  const cached = usage["cache_read_input_tokens"];
  const created = usage["cache_creation_input_tokens"];
  // Our count of input tokens includes what the cache holds; the provider's leaves it out.
  const parts = [usage["input_tokens"], cached, created].filter((one) => typeof one === "number");
  const input = parts.length === 0 ? undefined : parts.reduce((a, b) => a + b, 0);
  const reason = body["stop_reason"];
  return {
    ...commonFacts(body),
    ...(output.length === 0 ? {} : { output }),
    ...tokenUsage(input, usage["output_tokens"], { cached }),
    finishReasons: typeof reason === "string" ? [reason] : [],
    isWhole,
  };
}
