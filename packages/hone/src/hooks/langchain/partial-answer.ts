/** What was seen of a stream's answer, for the case that its consumer stops before its end. */
import { fieldsOf, isObject, type JsonObject, objectsOf } from "../../core/json.ts";
import { isCallPart, readContent, reasoningText } from "../../messages/part-forms.ts";
import { StreamedAnswer } from "../../messages/streamed-answer.ts";
import { answerBudget } from "../../messages/text-budget.ts";

export class PartialAnswer {
  readonly #answer: StreamedAnswer;
  #known: JsonObject = {};
  #meta: JsonObject = {};

  /** @param budget  characters that all answers under way may keep */
  constructor(budget = answerBudget) {
    this.#answer = new StreamedAnswer(budget.open());
  }

  /** True once there was more than is kept. */
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

  /** The message with what LangChain knows of it; undefined where nothing came. */
  message(): JsonObject | undefined {
    if (this.#answer.isEmpty) return undefined;
    return { ...this.#known, ...this.#answer.messages()[0], response_metadata: this.#meta };
  }

  /** Forgets the answer and gives back its part of the budget. */
  release(): void {
    this.#answer.release();
  }
}

/** Blocks of a content: the pieces of calls among them stand in the chunk's list of calls too. */
const isSaid = (block: unknown): boolean => !isCallPart(block);
