/** A streamed answer of the AI SDK, as far as it was seen. */
import { isObject, type JsonObject } from "../../core/json.ts";
import { readContent } from "../../messages/part-forms.ts";
import { plainText } from "../../messages/plain-text.ts";
import { StreamedAnswer } from "../../messages/streamed-answer.ts";
import type { TextBudget } from "../../messages/text-budget.ts";
import type { SpanEnd } from "../../ports/tracer.ts";
import { answerAttributes } from "./facts.ts";
import { readingOptions } from "./messages.ts";

export class SeenAnswer {
  readonly #answer: StreamedAnswer;
  #response: JsonObject = {};

  /** @param budget  characters that all unfinished answers may keep */
  constructor(budget: TextBudget) {
    this.#answer = new StreamedAnswer(budget.open(), readingOptions);
  }

  /** Reads a part of the stream. Returns the error of an error part. */
  part(part: unknown): { readonly error: unknown } | undefined {
    if (!isObject(part)) return undefined;
    const { type, delta, textDelta } = part;
    if (type === "text-delta") this.#answer.text(plainText(delta ?? textDelta));
    if (type === "reasoning-delta") this.#answer.reasoning(plainText(delta ?? textDelta));
    if (type === "tool-call") readContent(part, this.#answer);
    if (type === "response-metadata") this.#response = part;
    return type === "error" ? { error: part["error"] } : undefined;
  }

  /** The fields of the model call's span that are known so far. */
  known(): SpanEnd<"prompt"> {
    const { id: responseId, modelId: model } = this.#response;
    const attributes = {
      ...answerAttributes({ responseId, model }),
      ...(this.#answer.isCut ? { "hone.answer.cut": true } : {}),
    };
    return this.#answer.isEmpty ? { attributes } : { attributes, output: this.#answer.messages() };
  }

  /** Drops the answer and gives back its part of the budget; later parts are ignored. */
  release(): void {
    this.#answer.release();
  }
}
