/** Answers as server-sent events, written to the client's connection as they come. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";

/** One event: its data, its name where the wire names events, and its id where a client that comes back says what it has seen. */
export interface ServerEvent {
  readonly name?: string;
  readonly id?: string;
  /** An object, sent as JSON, or a text as it is. */
  readonly data: object | string;
}

const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  // Proxies such as nginx otherwise hold events back.
  "x-accel-buffering": "no",
};

/**
 * Answers with events, which are taken from the iterable as fast as the client reads them. They are written to Node's response;
 * a web stream, which the adapter would read and write there, costs several times as much for each event.
 *
 * @param events  must not throw: an error is one of its events
 * @param onEnd   called when all events are sent, and when the client has gone; ends what makes the events
 * @param more    headers beside those of every stream
 */
export function eventStream(
  c: Context,
  events: AsyncIterable<ServerEvent>,
  onEnd: () => void,
  more: Readonly<Record<string, string>> = {},
): Response {
  const { outgoing } = c.env as HttpBindings;
  outgoing.writeHead(200, { ...more, ...headers });
  outgoing.once("close", onEnd);
  void send(outgoing, events).finally(onEnd);
  return RESPONSE_ALREADY_SENT;
}

async function send(outgoing: ServerResponse, events: AsyncIterable<ServerEvent>): Promise<void> {
  try {
    for await (const event of events) {
      if (outgoing.destroyed) return;
      if (!outgoing.write(eventText(event))) await drained(outgoing);
    }
    outgoing.end();
  } catch {
    outgoing.destroy();
  }
}

/** Resolves when the client has read what waits for it, or has gone. */
async function drained(outgoing: ServerResponse): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([once(outgoing, "drain", { signal }), once(outgoing, "close", { signal })]);
  over.abort();
}

function eventText({ name, id, data }: ServerEvent): string {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  const head = `${id === undefined ? "" : `id: ${id}\n`}${name === undefined ? "" : `event: ${name}\n`}`;
  return `${head}data: ${text}\n\n`;
}
