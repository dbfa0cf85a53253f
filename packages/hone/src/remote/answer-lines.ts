/** The lines of an HTTP answer, as they come, and a text of limited length. */

/** Lines end with \n alone: JSON texts may hold every other character that ends lines elsewhere. */
const newline = 10;

/**
 * The lines of an answer's body. The body is given up when the reader stops.
 * @param quietMs  time without a byte after which the connection counts as broken, in ms
 * @throws the network's error, and a TimeoutError
 */
export async function* answerLines(
  answer: Response,
  quietMs: number,
): AsyncGenerator<string, void> {
  if (answer.body === null) return;
  const reader = answer.body.getReader();
  let pieces: Uint8Array[] = [];
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), quietMs);
      if (done) break;
      let start = 0;
      for (let end = value.indexOf(newline); end >= 0; end = value.indexOf(newline, start)) {
        yield textOf([...pieces, value.subarray(start, end)]);
        pieces = [];
        start = end + 1;
      }
      if (start < value.length) pieces.push(value.subarray(start));
    }
    if (pieces.length > 0) yield textOf(pieces);
  } finally {
    // The connection may be broken already, which the reader has been told.
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * The whole text of an answer's body; undefined for one of more than `maxBytes`, which is given up.
 * @param limits.quietMs  time without a byte after which the connection counts as broken, in ms
 * @throws the network's error, and a TimeoutError
 */
export async function answerText(
  answer: Response,
  { quietMs, maxBytes }: { readonly quietMs: number; readonly maxBytes: number },
): Promise<string | undefined> {
  if (answer.body === null) return "";
  const reader = answer.body.getReader();
  const pieces: Uint8Array[] = [];
  try {
    for (let bytes = 0; bytes <= maxBytes;) {
      const { done, value } = await inTime(reader.read(), quietMs);
      if (done) return textOf(pieces);
      pieces.push(value);
      bytes += value.length;
    }
    return undefined;
  } finally {
    // The connection may be broken already, which the reader has been told.
    await reader.cancel().catch(() => undefined);
  }
}

const textOf = (pieces: readonly Uint8Array[]): string => Buffer.concat(pieces).toString("utf8");

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new DOMException(`nothing came for ${ms} ms`, "TimeoutError");
    timer = setTimeout(() => reject(error), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
