/** Answers as server-sent events. */

/** One event: its data, and its name where the wire names events. */
export interface ServerEvent {
  readonly name?: string;
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
 * A response whose events are taken from the iterable as fast as the client reads them.
 *
 * @param events  must not throw: an error is one of its events
 * @param onEnd   called once, when all events are sent or the client has gone; ends what makes the events
 */
export function eventStream(events: AsyncIterable<ServerEvent>, onEnd: () => void): Response {
  const iterator = events[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await iterator.next();
        if (done !== true) return controller.enqueue(encoder.encode(eventText(value)));
        onEnd();
        controller.close();
      },
      cancel: () => {
        onEnd();
        void iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers });
}

function eventText({ name, data }: ServerEvent): string {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${text}\n\n`;
}
