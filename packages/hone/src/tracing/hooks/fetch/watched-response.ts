/**
 * A response whose body is seen as it passes: the same chunks, errors and demand, nothing read that the app does not read.
 *
 * `clone()` or `tee()` would read ahead of a slow consumer without bound and keep a connection open that the app has
 * cancelled; so the body passes through a stream of ours instead.
 */
export interface BodyListener {
  /** A chunk that passed; the bytes are a copy. */
  chunk(bytes: Uint8Array): void;
  /** The app read it to its end, or there was none. */
  done(): void;
  failed(error: unknown): void;
  /** The app wants no more. */
  stopped(): void;
}

/** The response to hand to the app instead of this one. */
export function watchedResponse(response: Response, listener: BodyListener): Response {
  const { body, status, statusText, headers } = response;
  if (body === null) {
    listener.done();
    return response;
  }
  const watched = new Response(passing(response, body, listener), { status, statusText, headers });
  return like(response, watched);
}

/** What a constructor cannot give; a clone has it too. */
function like({ url, type, redirected }: Response, made: Response): Response {
  const { clone } = made;
  const fixed = { url, type, redirected, clone: () => like(made, clone.call(made)) };
  for (const [name, value] of Object.entries(fixed)) {
    Object.defineProperty(made, name, { value, configurable: true, writable: true });
  }
  return made;
}

/** @param source  kept as long as the stream is: the platform cancels the body of a response that nobody holds */
function passing(
  source: Response,
  body: ReadableStream<Uint8Array>,
  listener: BodyListener,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const held = { source, reader: () => (reader ??= body.getReader()) };
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      let step = await held.reader().read().catch(failed);
      while (step.value?.byteLength === 0) step = await held.reader().read().catch(failed);
      if (step.value === undefined) {
        controller.close();
        controller.byobRequest?.respond(0);
        return listener.done();
      }
      // The stream takes the chunk's memory away.
      listener.chunk(step.value.slice());
      controller.enqueue(step.value);
    },
    cancel(reason) {
      listener.stopped();
      return held.reader().cancel(reason);
    },
  });

  function failed(error: unknown): never {
    listener.failed(error);
    throw error;
  }
}
