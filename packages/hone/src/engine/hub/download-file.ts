/** One file from the hub to its place in the cache: resumable, and in place only when size and hash are right. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { HoneError } from "../../core/errors.ts";
import { writeError } from "../../formats/write-error.ts";
import { type HubConnection, PassingFailure, send, withRetries } from "./hub-request.ts";
import type { FileFacts } from "./hub-repository.ts";

/**
 * Downloads a file to `target`. Bytes are written to `<target>.hone.incomplete`, which a later call continues.
 *
 * @param onBytes  called with how many bytes of the file are there
 * @throws HUB_HASH_MISMATCH (the damaged file is deleted), HUB_UNREACHABLE, HUB_BAD_REPLY, DISK_FULL, WRITE_FAILED,
 *         CANCELLED (what arrived is kept)
 */
export async function downloadFile(
  connection: HubConnection,
  file: FileFacts,
  target: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const part = incompletePath(target);
  const resumed = await fetchMissing(connection, file, part, onBytes);
  let hash = await hashFile(part, file);
  if (hash !== file.hash && resumed) {
    // What an earlier, perhaps killed, process wrote may be bad; the file is fetched once more from its start.
    await rm(part, { force: true });
    await fetchMissing(connection, file, part, onBytes);
    hash = await hashFile(part, file);
  }
  if (hash !== file.hash) {
    await rm(part, { force: true });
    throw new HoneError("HUB_HASH_MISMATCH", { file: file.name, expected: file.hash, got: hash });
  }
  await rename(part, target);
}

/** Where the bytes of an unfinished download lie. Python's tools use other names, so unfinished files are never shared. */
export function incompletePath(target: string): string {
  return `${target}.hone.incomplete`;
}

/** Fills the part file to its full size; true when it had held bytes before. */
async function fetchMissing(
  connection: HubConnection,
  file: FileFacts,
  part: string,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  const handle = await open(part, "a+").catch((error: unknown) => {
    throw writeError(error, part);
  });
  try {
    let have = (await handle.stat()).size;
    if (have > file.size) have = await startAgain(handle);
    const resumed = have > 0;
    onBytes(have);
    const attempt = async () => {
      if (have === file.size) return;
      have = await fetchRest(connection, file, handle, have, (bytes) => onBytes((have = bytes)));
    };
    await withRetries(connection, file.url, attempt, () => have);
    await handle.sync();
    return resumed;
  } finally {
    await handle.close();
  }
}

async function fetchRest(
  connection: HubConnection,
  file: FileFacts,
  handle: FileHandle,
  start: number,
  onBytes: (bytes: number) => void,
): Promise<number> {
  const headers: Record<string, string> = start > 0 ? { range: `bytes=${start}-` } : {};
  return send(connection, { url: file.url, headers }, async (reply, heard) => {
    let have = start;
    if (!continuesAt(reply, start)) {
      onBytes((have = await startAgain(handle)));
      if (reply.status !== 200)
        throw new PassingFailure(`HTTP ${reply.status} to a request for the rest of the file`);
    }
    for await (const chunk of reply.body ?? []) {
      heard();
      if (have + chunk.length > file.size) {
        await startAgain(handle);
        throw new HoneError("HUB_BAD_REPLY", {
          url: file.url,
          problem: `it sends more than ${file.size} bytes`,
        });
      }
      await append(handle, chunk, file.name);
      onBytes((have += chunk.length));
    }
    if (have < file.size)
      throw new PassingFailure(`the reply ended after ${have} of ${file.size} bytes`);
    return have;
  });
}

/** Whether the reply begins at the first missing byte. */
function continuesAt(reply: Response, start: number): boolean {
  if (start === 0) return reply.status === 200;
  return (
    reply.status === 206 && (reply.headers.get("content-range") ?? "").startsWith(`bytes ${start}-`)
  );
}

async function startAgain(handle: FileHandle): Promise<0> {
  await handle.truncate(0);
  return 0;
}

async function append(handle: FileHandle, chunk: Uint8Array, name: string): Promise<void> {
  try {
    for (let done = 0; done < chunk.length;) {
      done += (await handle.write(chunk, done, chunk.length - done)).bytesWritten;
    }
  } catch (error) {
    throw writeError(error, name);
  }
}

/** Git hashes a blob together with a line that names its size. */
async function hashFile(path: string, { hash: expected, size }: FileFacts): Promise<string> {
  const hash = createHash(expected.length === 64 ? "sha256" : "sha1");
  if (expected.length === 40) hash.update(`blob ${size}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return hash.digest("hex");
}
