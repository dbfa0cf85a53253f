/** Batches that the store did not take before the process ended, into a file that is read when the store is next opened. */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { writeHeader } from "./format.ts";
import { spoolEnding, spoolHeader } from "./spool-names.ts";
import { unfinishedPath } from "./whole-write.ts";

/** Bytes that may wait for one store, so that programs whose store is gone do not fill the disk. */
const maxBytes = 256_000_000;

/**
 * Writes the batches as one file, whole or not at all, and flushes it to the disk; synchronous, since the process is ending.
 *
 * @param folder   is made when it is not there, for this user only
 * @param batches  JSON texts of rows of the format, each in pieces
 * @returns the file's path
 * @throws the system's error when it cannot be written; an error when 256 MB wait in the folder already
 */
export function writeSpool(folder: string, batches: readonly (readonly string[])[]): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (bytesIn(folder) > maxBytes) throw new Error(`more than 256 MB wait in ${folder} already`);
  const unique = `${process.pid}-${randomBytes(4).toString("hex")}`;
  const path = join(
    folder,
    `${new Date().toISOString().replaceAll(":", "")}-${unique}${spoolEnding}`,
  );
  const temporary = unfinishedPath(path);
  try {
    const file = openSync(temporary, "wx", 0o600);
    try {
      writeWhole(file, writeHeader(spoolHeader));
      for (const batch of batches) writeWhole(file, `${batch.join("")}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    return path;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

const bytesIn = (folder: string): number =>
  readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );

/** `writeSync` may write less than it is given. */
function writeWhole(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}
