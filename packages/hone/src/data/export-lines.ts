/** Lines of JSON into a file, whole or not at all, or into a stream as fast as it is read. */
import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import { createGzip } from "node:zlib";
import { writeOutput } from "../formats/whole-write.ts";

/**
 * Writes lines to a file, whose missing folders are made; it is gzipped if its name ends in .gz.
 * @param check called before the file takes its name; when it throws, an older file of the name stays as it is
 * @throws DISK_FULL, WRITE_FAILED; as `lines` and `check`
 */
export async function writeLines(
  path: string,
  lines: AsyncIterable<string>,
  check: () => void,
): Promise<void> {
  await writeOutput(path, async (file) => {
    const blocks = inBlocks(lines);
    await file.writeFile(path.endsWith(".gz") ? zipped(blocks) : blocks);
    check();
  });
}

/** About how many characters are written at once: a write for each line would be most of the time that a large file takes. */
const blockCharacters = 1 << 16;

async function* inBlocks(lines: AsyncIterable<string>): AsyncGenerator<string, void> {
  let waiting: string[] = [];
  let characters = 0;
  for await (const line of lines) {
    waiting.push(line);
    characters += line.length;
    if (characters < blockCharacters) continue;
    yield waiting.join("");
    [waiting, characters] = [[], 0];
  }
  yield waiting.join("");
}

/** Writes lines to a stream and leaves it open. */
export async function streamLines(
  stream: Writable,
  lines: AsyncIterable<string>,
  options: { readonly signal?: AbortSignal },
): Promise<void> {
  for await (const line of lines) {
    if (stream.writable && !stream.write(line)) await once(stream, "drain", options).catch(ignore);
  }
}

function zipped(lines: AsyncIterable<string>): AsyncIterable<Buffer> {
  const source = Readable.from(lines);
  const target = createGzip();
  source.on("error", (error) => target.destroy(error));
  return source.pipe(target);
}

/** For a wait that ends by the signal or because the reader has gone; the next line checks the signal. */
const ignore = (): void => undefined;

/** The value as a line of JSON. Control characters that JSON leaves as they are, and a terminal would obey, are escaped, too. */
export const jsonLine = (value: object): string =>
  `${JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )}\n`;
