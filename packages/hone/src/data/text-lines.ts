/** The text of a file, gzipped or not, as it is read: a file of any size takes the memory of its longest lines. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable, type Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import type { DataKind } from "../core/errors/data-errors.ts";

/** A file of text. */
export interface TextFile {
  readonly path: string;
  /** The file's content, where it has been read already. */
  readonly bytes?: Uint8Array | undefined;
  /** The error for a file that cannot be read, of what the system said. */
  readonly unreadable: (cause: unknown) => Error;
}

/** A file of examples. */
export interface DataText extends TextFile {
  /** What it is read for, which decides the advice of errors, and whether columns of tables mean what keys of conversations mean. */
  readonly holds: DataKind;
}

/**
 * The text in pieces as they are read, some of which may be empty. Bytes that are no UTF-8 are an error; a byte order mark is left out.
 * @throws what `unreadable` gives
 */
export async function* textPieces(given: TextFile): AsyncGenerator<string, void> {
  const { path, bytes, unreadable } = given;
  const head = bytes?.subarray(0, 2) ?? (await headOf(given));
  const source = bytes === undefined ? createReadStream(path) : Readable.from([bytes]);
  const plain = isGzip(head) ? source.pipe(passErrors(source, createGunzip())) : source;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const chunk of plain as AsyncIterable<Uint8Array>)
      yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (cause) {
    throw unreadable(cause);
  } finally {
    source.destroy();
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

/** Whether a file begins with the two bytes of gzip, which no text in UTF-8 has. */
const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

async function headOf({ path, unreadable }: TextFile): Promise<Uint8Array> {
  const file = await open(path).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw unreadable(cause);
  } finally {
    await file.close();
  }
}

/** Passes errors of a stream on to the next one: `pipe` passes on data only. */
function passErrors<T extends Transform>(from: NodeJS.EventEmitter, to: T): T {
  from.on("error", (error: Error) => to.destroy(error));
  return to;
}
