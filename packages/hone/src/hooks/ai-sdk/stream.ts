/**
 * Watches the stream of a model's answer between the provider and the AI SDK: what of it was seen, and how it ended where it
 * ended early. Each part is asked for when the SDK asks for it, and is handed on as it is.
 */
import { isObject } from "../../core/json.ts";
import { safely } from "../../recording/safely.ts";
import { answerBudget } from "../../messages/text-budget.ts";
import { SeenAnswer } from "./seen-answer.ts";

/** What is told of the stream besides its parts; each at most once. */
export interface StreamListener {
  /** One of its parts was an error. */
  told(error: unknown): void;
  /** It ended with an error instead of an end. */
  broke(error: unknown): void;
  /** Nobody reads further. */
  cancelled(reason: unknown): void;
}

/**
 * Puts a watched stream in the place of the one in `result`, an object that the SDK made for this call.
 *
 * The stream below is taken only when the first part is asked for: where the SDK uses its own copy of the result instead,
 * nothing is watched and nothing is changed.
 *
 * @returns what was seen so far, whenever it is asked, until it is released; undefined where there is no stream
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
    if (error !== undefined) listener.told(error.error);
  };
  const source = {
    async pull(controller: ReadableStreamDefaultController<unknown>): Promise<void> {
      let step: { readonly done: boolean; readonly value?: unknown };
      try {
        step = await reading().read();
      } catch (error) {
        safely(() => listener.broke(error));
        return controller.error(error);
      }
      if (step.done) return controller.close();
      safely(() => look(step.value));
      controller.enqueue(step.value);
    },
    cancel(reason: unknown): Promise<void> {
      safely(() => listener.cancelled(reason));
      return reading().cancel(reason);
    },
  };
  // Nothing is read ahead.
  return new ReadableStream(source, { highWaterMark: 0 });
}
