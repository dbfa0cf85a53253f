/**
 * Watches the stream of a model's answer between the provider and the AI SDK: what of it was seen, and how it ended where it
 * ended early. Each part is asked for when the SDK asks for it, and is handed on as it is.
 */
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { SpanEnd } from "../../../ports/tracer.ts";
import { plainText } from "../../plain-text.ts";
import { answerAttributes } from "./facts.ts";
import { sdkAnswer } from "./messages.ts";

/** What is told of the stream besides its parts; each at most once. */
export interface StreamListener {
  /** One of its parts was an error. */
  told(error: unknown): void;
  /** It ended with an error instead of an end. */
  broke(error: unknown): void;
  /** Nobody reads further. */
  cancelled(reason: unknown): void;
}

/** Characters of one answer that are kept until its end; what is stored of them is far less. */
const mostCharacters = 50_000_000;

/**
 * Puts a watched stream in the place of the one in `result`, an object that the SDK made for this call.
 *
 * The stream below is taken only when the first part is asked for: where the SDK uses its own copy of the result instead,
 * nothing is watched and nothing is changed.
 *
 * @returns what was seen so far, whenever it is asked; undefined where there is no stream
 */
export function watchStream(
  result: unknown,
  listener: StreamListener,
): (() => SpanEnd<"prompt">) | undefined {
  if (!isObject(result) || !(result["stream"] instanceof ReadableStream)) return undefined;
  const seen = new SeenAnswer();
  const watched = watch(result["stream"], seen, listener);
  return Reflect.set(result, "stream", watched) ? () => seen.known() : undefined;
}

function watch(
  stream: ReadableStream<unknown>,
  seen: SeenAnswer,
  listener: StreamListener,
): ReadableStream<unknown> {
  let reader: ReadableStreamDefaultReader<unknown> | undefined;
  const reading = () => (reader ??= stream.getReader());
  const source = {
    async pull(controller: ReadableStreamDefaultController<unknown>): Promise<void> {
      try {
        const { done, value } = await reading().read();
        if (done) return controller.close();
        const error = seen.part(value);
        if (error !== undefined) listener.told(error.error);
        controller.enqueue(value);
      } catch (error) {
        listener.broke(error);
        controller.error(error);
      }
    },
    cancel(reason: unknown): Promise<void> {
      listener.cancelled(reason);
      return reading().cancel(reason);
    },
  };
  // Nothing is read ahead.
  return new ReadableStream(source, { highWaterMark: 0 });
}

/** The parts of an answer, put together as they come. */
class SeenAnswer {
  readonly #parts: JsonObject[] = [];
  readonly #open = new Map<string, { type: string; text: string }>();
  #response: JsonObject = {};
  #characters = 0;

  /** What the part says of an error, if it does. */
  part(part: unknown): { readonly error: unknown } | undefined {
    if (!isObject(part)) return undefined;
    switch (part["type"]) {
      case "text-delta":
        this.#text("text", part);
        return undefined;
      case "reasoning-delta":
        this.#text("reasoning", part);
        return undefined;
      case "tool-call":
        this.#parts.push(part);
        return undefined;
      case "response-metadata":
        this.#response = part;
        return undefined;
      case "error":
        return { error: part["error"] };
      default:
        return undefined;
    }
  }

  /** Parts of one id are one text. */
  #text(type: string, part: JsonObject): void {
    const delta = plainText(part["delta"] ?? part["textDelta"]);
    this.#characters += delta.length;
    if (this.#characters > mostCharacters) return;
    const key = `${type} ${plainText(part["id"])}`;
    const open = this.#open.get(key);
    if (open !== undefined) return void (open.text += delta);
    const begun = { type, text: delta };
    this.#open.set(key, begun);
    this.#parts.push(begun);
  }

  known(): SpanEnd<"prompt"> {
    const { id: responseId, modelId: model } = this.#response;
    const attributes = answerAttributes({ responseId, model });
    return this.#parts.length === 0
      ? { attributes }
      : { attributes, output: sdkAnswer(this.#parts) };
  }
}
