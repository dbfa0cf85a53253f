/**
 * The thread's side of `workerWriter`. The first request opens the store; where that fails, the next one tries again.
 */
import { type ErrorJson, isHoneError, messageOf } from "../../core/errors.ts";
import type { TraceBatch, TraceStore } from "../../ports/trace-store.ts";
import type { WriterAnswer, WriterRequest, WriterThreadData } from "./worker-writer.ts";

/** What the thread does with a store. */
type WrittenStore = Pick<TraceStore, "append" | "close">;

/** Answers requests, one after the other, until the port closes. `open` opens the store of a URL. */
export function serveTraceWriter(
  { url, port, answers }: WriterThreadData,
  open: (url: string, onWaiting: (reason: string) => void) => Promise<WrittenStore>,
): void {
  let store: WrittenStore | undefined;
  let last = Promise.resolve();

  const run = async (request: WriterRequest): Promise<void> => {
    if ("close" in request) {
      const closing = store;
      store = undefined;
      await closing?.close();
      return;
    }
    store ??= await open(url, (waitingFor) => port.postMessage({ waitingFor }));
    if ("open" in request) return;
    const text = Buffer.from(request.block, 0, request.bytes).toString();
    await store.append(JSON.parse(text) as TraceBatch);
  };
  const send = (answer: WriterAnswer): void => {
    port.postMessage(answer);
    Atomics.add(answers, 0, 1);
    Atomics.notify(answers, 0);
  };
  port.on("message", (request: WriterRequest) => {
    last = last
      .then(() => run(request))
      .then(
        () => send({ id: request.id }),
        (error: unknown) => send({ id: request.id, error: toErrorJson(error) }),
      );
  });
}

const toErrorJson = (error: unknown): ErrorJson =>
  isHoneError(error)
    ? error.toJSON()
    : { code: "TRACES_NOT_WRITTEN", facts: { problem: messageOf(error) } };
