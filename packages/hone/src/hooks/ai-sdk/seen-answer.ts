/** What was seen of an answer of the AI SDK that comes in parts. */
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

  /** @param budget  characters that all answers under way may keep */
  constructor(budget: TextBudget) {
    this.#answer = new StreamedAnswer(budget.open(), readingOptions);
  }

  /** @returns the error that the part tells of, if it does */
  part(part: unknown): { readonly error: unknown } | undefined {
    if (!isObject(part)) return undefined;
    const { type, delta, textDelta } = part;
    if (type === "text-delta") this.#answer.text(plainText(delta ?? textDelta));
    if (type === "reasoning-delta") this.#answer.reasoning(plainText(delta ?? textDelta));
    if (type === "tool-call") readContent(part, this.#answer);
    if (type === "response-metadata") this.#response = part;
    return type === "error" ? { error: part["error"] } : undefined;
  }

  /** What is known so far of the model call. */
  known(): SpanEnd<"prompt"> {
    const { id: responseId, modelId: model } = this.#response;
    const attributes = {
      ...answerAttributes({ responseId, model }),
      ...(this.#answer.isCut ? { "hone.answer.cut": true } : {}),
    };
    return this.#answer.isEmpty ? { attributes } : { attributes, output: this.#answer.messages() };
  }

  /** Forgets the answer; nothing more is kept. */
  release(): void {
    this.#answer.release();
  }
}
