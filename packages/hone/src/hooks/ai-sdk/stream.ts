/**
 * Watches the stream of a model's answer between the provider and the AI SDK. A part is read from the provider only when the SDK
 * asks for it, and reaches the SDK unchanged.
 */
import { isObject } from "../../core/json.ts";
import { safely } from "../../recording/safely.ts";
import { answerBudget } from "../../messages/text-budget.ts";
import { SeenAnswer } from "./seen-answer.ts";

/** How a watched stream can end early. Each method is called at most once, `onPartError` once for each such part. */
export interface StreamListener {
  /** A part of the stream is an error; more parts may follow. */
  onPartError(error: unknown): void;
  /** The stream failed. */
  onError(error: unknown): void;
  /** The consumer stopped reading. */
  onCancel(reason: unknown): void;
}

/**
 * Replaces the stream in `result`, an object that the SDK made for this call, by a watched one.
 *
 * The provider's stream is locked only when the first part is read: where the SDK uses its own copy of the result instead,
 * nothing is watched and nothing is changed.
 *
 * @returns the answer as far as it was seen, to be released when the call is over; undefined where `result` has no stream
 */
export function watchStream(
  result: unknown,
  listener: StreamListener,
  budget = answerBudget,
): SeenAnswer | undefined {
  if (!isObject(result) || !(result["stream"] instanceof ReadableStream)) return undefined;
  const seen = new SeenAnswer(budget);
  const watched = watch(result["stream"], seen, listener);
  return Reflect.set(result, "stream", watched) ? seen : undefined;
}

function watch(
  stream: ReadableStream<unknown>,
  seen: SeenAnswer,
  listener: StreamListener,
): ReadableStream<unknown> {
  let reader: ReadableStreamDefaultReader<unknown> | undefined;
  const reading = () => (reader ??= stream.getReader());
  const look = (part: unknown): void => {
    const error = seen.part(part);
    if (error !== undefined) listener.onPartError(error.error);
  };
  const source = {
    async pull(controller: ReadableStreamDefaultController<unknown>): Promise<void> {
      let step: { readonly done: boolean; readonly value?: unknown };
      try {
        step = await reading().read();
      } catch (error) {
        safely(() => listener.onError(error));
        return controller.error(error);
      }
      if (step.done) return controller.close();
      safely(() => look(step.value));
      controller.enqueue(step.value);
    },
    cancel(reason: unknown): Promise<void> {
      safely(() => listener.onCancel(reason));
      return reading().cancel(reason);
    },
  };
  // Without a queue of its own, the stream reads nothing ahead.
  return new ReadableStream(source, { highWaterMark: 0 });
}
