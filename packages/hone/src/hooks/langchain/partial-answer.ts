/** A streamed answer of LangChain, as far as it came: what is recorded where its consumer stops before the end. */
import { fieldsOf, isObject, type JsonObject, objectsOf } from "../../core/json.ts";
import { isCallPart, readContent, reasoningText } from "../../messages/part-forms.ts";
import { StreamedAnswer } from "../../messages/streamed-answer.ts";
import { answerBudget } from "../../messages/text-budget.ts";

export class PartialAnswer {
  readonly #answer: StreamedAnswer;
  #known: JsonObject = {};
  #meta: JsonObject = {};

  /** @param budget  characters that all unfinished answers may keep */
  constructor(budget = answerBudget) {
    this.#answer = new StreamedAnswer(budget.open());
  }

  /** True once something did not fit into the budget. */
  get isCut(): boolean {
    return this.#answer.isCut;
  }

  /** @param chunk  an AIMessageChunk */
  add(chunk: unknown): void {
    if (!isObject(chunk)) return;
    const { content, id, usage_metadata: usage, response_metadata: meta } = chunk;
    const extra = fieldsOf(chunk["additional_kwargs"]);
    this.#answer.reasoning(reasoningText(extra["reasoning_content"]));
    readContent(Array.isArray(content) ? content.filter(isSaid) : content, this.#answer);
    for (const call of objectsOf(chunk["tool_call_chunks"])) {
      const { index, id: callId, name, args } = call;
      this.#answer.callPiece({
        index,
        id: callId,
        name,
        piece: typeof args === "string" ? args : "",
      });
    }
    this.#known = {
      ...this.#known,
      ...(typeof id === "string" ? { id } : {}),
      ...(isObject(usage) ? { usage_metadata: usage } : {}),
    };
    if (isObject(meta)) this.#meta = { ...this.#meta, ...meta };
  }

  /** The message, with LangChain's fields for its id, usage and metadata; undefined where nothing came. */
  message(): JsonObject | undefined {
    if (this.#answer.isEmpty) return undefined;
    return { ...this.#known, ...this.#answer.messages()[0], response_metadata: this.#meta };
  }

  /** Drops the answer and gives back its part of the budget; later chunks are ignored. */
  release(): void {
    this.#answer.release();
  }
}

/** False for blocks that hold a piece of a call, which the chunk's list of calls holds too. */
const isSaid = (block: unknown): boolean => !isCallPart(block);
