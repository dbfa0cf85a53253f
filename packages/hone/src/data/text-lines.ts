/** The text of a file, gzipped or not, as it is read: a file of any size takes the memory of its longest lines. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Transform } from "node:stream";
import { createGunzip } from "node:zlib";

/** A file of text. */
export interface TextFile {
  readonly path: string;
  /** The error for a file that cannot be read, of what the system said. */
  readonly unreadable: (cause: unknown) => Error;
}

/**
 * The text in pieces as they are read, some of which may be empty. Bytes that are no UTF-8 are an error; a byte order mark is left out.
 * @throws what `unreadable` gives
 */
export async function* textPieces({ path, unreadable }: TextFile): AsyncGenerator<string, void> {
  const isZipped = await isGzipped(path).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  const file = createReadStream(path);
  const bytes = isZipped ? file.pipe(passErrors(file, createGunzip())) : file;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>)
      yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (cause) {
    throw unreadable(cause);
  } finally {
    file.destroy();
  }
}

/**
 * The lines, split at line feeds only: JSON may hold other line separators unescaped.
 * @throws as `textPieces`
 */
export async function* linesOf(file: TextFile): AsyncGenerator<string, void> {
  // The pieces of a line are joined once: joining a long line piece by piece would take quadratic time.
  let pieces: string[] = [];
  for await (const piece of textPieces(file)) {
    const [first = "", ...lines] = piece.split("\n");
    pieces.push(first);
    if (lines.length === 0) continue;
    yield pieces.join("");
    for (const line of lines.slice(0, -1)) yield line;
    pieces = [lines.at(-1)!];
  }
  yield pieces.join("");
}

/** Whether the file begins with the two bytes of gzip, which no text in UTF-8 has. */
async function isGzipped(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

/** Passes errors of a stream on to the next one: `pipe` passes on data only. */
function passErrors<T extends Transform>(from: NodeJS.EventEmitter, to: T): T {
  from.on("error", (error: Error) => to.destroy(error));
  return to;
}
