/** The worker's side of the calls: looks up the handler, runs it, sends its result or error. */
import type { MessagePort } from "node:worker_threads";
import { isHoneError } from "../../core/errors.ts";
import type { Handlers, CallReply, CallRequest, ThrownJson } from "./call-messages.ts";
import { Outbox } from "./outbox.ts";

/** Serves `handlers` on the port until it is closed. */
export function serve(port: MessagePort, handlers: Handlers): void {
  const aborts = new Map<number, AbortController>();
  const outbox = new Outbox<CallReply>(
    (replies) => port.postMessage(replies),
    ({ id }, error) => outbox.send({ kind: "error", id, error: toJson(error) }),
  );
  const send = (reply: CallReply): void => outbox.send(reply);

  const answer = async (request: Extract<CallRequest, { kind: "call" }>): Promise<void> => {
    const { id, method, argument } = request;
    const controller = new AbortController();
    aborts.set(id, controller);
    try {
      const handler = handlers[method];
      if (handler === undefined) throw new Error(`internal: no handler for "${method}"`);
      const chunk = (value: unknown): void => send({ kind: "chunk", id, value });
      const value = await handler(argument as never, { signal: controller.signal, chunk });
      send({ kind: "result", id, value });
    } catch (error) {
      send({ kind: "error", id, error: toJson(error) });
    } finally {
      aborts.delete(id);
    }
  };

  port.on("message", (requests: readonly CallRequest[]) => {
    for (const request of requests) {
      if (request.kind === "abort") aborts.get(request.id)?.abort();
      else void answer(request);
    }
  });
}

function toJson(error: unknown): ThrownJson {
  if (isHoneError(error)) return { hone: error.toJSON() };
  if (error instanceof Error)
    return { name: error.name, message: error.message, stack: error.stack };
  return { name: "Error", message: String(error), stack: undefined };
}
