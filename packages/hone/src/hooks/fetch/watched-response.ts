/**
 * A response whose body is seen as it passes: the same chunks, errors and demand, nothing read that the app does not read.
 *
 * `clone()` or `tee()` would read ahead of a slow consumer without bound and keep a connection open that the app has
 * cancelled; so the body passes through a stream of ours instead. A Proxy of the response would fail at its private fields;
 * what is made here instead has `url`, `type`, `redirected`, `headers` and `clone` as properties of its own.
 */
export interface BodyListener {
  /** A chunk that passes; its bytes are the app's. */
  chunk(bytes: Uint8Array): void;
  /** The app read it to its end, or there was none. */
  done(): void;
  failed(error: unknown): void;
  /** The app wants no more. */
  stopped(): void;
  /** The body cannot be seen. */
  unseen(): void;
}

/** The response to hand to the app instead of this one; it is the same one when its body cannot be seen. */
export function watchedResponse(response: Response, listener: BodyListener): Response {
  const { body, bodyUsed, status, statusText, headers } = response;
  if (body === null) {
    listener.done();
    return response;
  }
  // Somebody reads it already.
  if (bodyUsed || body.locked) {
    listener.unseen();
    return response;
  }
  const watched = new Response(passing(response, body, listener), { status, statusText, headers });
  return like(response, watched);
}

/** What a constructor cannot give; a clone has it too. A response's own headers cannot be changed. */
function like({ url, type, redirected, headers }: Response, made: Response): Response {
  const { clone } = made;
  // All at once, and values: getters, one by one, cost five times as much.
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

/** @param source  kept as long as the stream is: the platform cancels the body of a response that nobody holds */
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
  // A byte stream gives the memory of its chunks away, and so may we. In another one it may be anybody's: it passes as it is.
  return isByteStream(body)
    ? (new ReadableStream({ type: "bytes", pull, cancel }) as ReadableStream<Uint8Array>)
    : new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 });

  function failed(error: unknown): never {
    listener.failed(error);
    throw error;
  }
}

/** As those of the platform's own responses are. */
function isByteStream(body: ReadableStream): boolean {
  try {
    body.getReader({ mode: "byob" }).releaseLock();
    return true;
  } catch {
    return false;
  }
}
