/** A stream of pieces whose first one is there, so that an error before it is a status and not an event. */

/** Waits for the first piece. @throws what the iterable throws before its first piece */
export async function begun<T>(pieces: AsyncGenerator<T>): Promise<AsyncIterable<T>> {
  const first = await pieces.next();
  return (async function* () {
    if (first.done !== true) yield first.value;
    yield* pieces;
  })();
}
