/**
 * Makes a response whose body is seen as the app reads it: the same chunks, errors and demand; nothing is read that the app
 * does not read.
 *
 * `clone()` or `tee()` would read ahead of a slow consumer without bound, and keep a connection open that the app has
 * cancelled, so the body passes through another stream instead. A Proxy of the response would fail at its private fields, so
 * a new response is made, with `url`, `type`, `redirected`, `headers` and `clone` as properties of its own.
 */

/** Called as the app reads a body. */
export interface BodyListener {
  /** A chunk is on its way to the app, to which its bytes belong. */
  chunk(bytes: Uint8Array): void;
  /** The app read the body to its end, or there is no body. */
  done(): void;
  /** Reading the body failed. */
  failed(error: unknown): void;
  /** The app cancelled the body. */
  stopped(): void;
  /** The body cannot be seen. */
  unseen(): void;
}

/** The response to hand to the app in place of the given one, which is returned itself where its body cannot be seen. */
export function watchedResponse(response: Response, listener: BodyListener): Response {
  const { body, bodyUsed, status, statusText, headers } = response;
  if (body === null) {
    listener.done();
    return response;
  }
  // The body is being read already.
  if (bodyUsed || body.locked) {
    listener.unseen();
    return response;
  }
  const watched = new Response(passing(response, body, listener), { status, statusText, headers });
  return like(response, watched);
}

/** Gives a response the properties that its constructor cannot set, and gives them to its clones too. */
function like({ url, type, redirected, headers }: Response, made: Response): Response {
  const { clone } = made;
  // Values, defined at once: getters, defined one by one, cost five times as much.
  return Object.defineProperties(made, {
    url: { value: url, configurable: true },
    type: { value: type, configurable: true },
    redirected: { value: redirected, configurable: true },
    headers: { value: headers, configurable: true },
    clone: {
      value: (): Response => like(made, clone.call(made)),
      configurable: true,
      writable: true,
    },
  });
}

/** @param source  the response, which the stream keeps: the platform cancels the body of a response that was collected */
function passing(
  source: Response,
  body: ReadableStream<Uint8Array>,
  listener: BodyListener,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const held = { source, reader: () => (reader ??= body.getReader()) };
  const pull = async (
    controller: ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> => {
    const { done, value } = await held.reader().read().catch(failed);
    if (done) {
      controller.close();
      if ("byobRequest" in controller) controller.byobRequest?.respond(0);
      return listener.done();
    }
    if (ArrayBuffer.isView(value)) listener.chunk(value);
    controller.enqueue(value as Uint8Array<ArrayBuffer>);
  };
  const cancel = (reason: unknown): Promise<void> => {
    listener.stopped();
    return held.reader().cancel(reason);
  };
  // A byte stream hands the memory of its chunks over, so the new one may too. The chunks of other streams stay untouched.
  return isByteStream(body)
    ? (new ReadableStream({ type: "bytes", pull, cancel }) as ReadableStream<Uint8Array>)
    : new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 });

  function failed(error: unknown): never {
    listener.failed(error);
    throw error;
  }
}

/** True for the bodies of responses that the platform makes. */
function isByteStream(body: ReadableStream): boolean {
  try {
    body.getReader({ mode: "byob" }).releaseLock();
    return true;
  } catch {
    return false;
  }
}
