/** Several streams as one. */

/** A value of one of several streams. */
export interface MergedValue<T> {
  /** Which stream, from 0. */
  readonly index: number;
  readonly value: T;
}

/**
 * The values of all streams as they come. A stream that throws ends all of them; what they work on must be ended by a signal of
 * theirs, since a stream that is waited for cannot be.
 */
export async function* merged<T>(
  streams: readonly AsyncGenerator<T>[],
): AsyncGenerator<MergedValue<T>> {
  const nexts = new Map(streams.map((stream, index) => [index, nextOf(stream, index)]));
  try {
    while (nexts.size > 0) {
      const { index, result } = await Promise.race(nexts.values());
      if (result.done === true) nexts.delete(index);
      else {
        nexts.set(index, nextOf(streams[index]!, index));
        yield { index, value: result.value };
      }
    }
  } finally {
    for (const stream of streams) void stream.return(undefined).catch(() => undefined);
  }
}

function nextOf<T>(stream: AsyncGenerator<T>, index: number) {
  const next = stream.next().then((result) => ({ index, result }));
  // The reader may be busy when it fails, and gets the error when it asks again.
  next.catch(() => undefined);
  return next;
}
