/**
 * The log of a long trace: `trace_<id>.changes.jsonl` beside its file, with what was added since the file was written, so that
 * a write costs by what it adds. A write that would make the log longer than the file writes the whole file anew instead.
 *
 * A log names the checksum of the file that it belongs to. Where the file has another one, a process was killed after it had
 * written the file anew and before it deleted the log: everything in such a log is in the file already, and it is passed over.
 */
import { type FileHandle, open } from "node:fs/promises";
import { posix } from "node:path";
import {
  logHeader,
  type LoggedChange,
  readChange,
  readLogHeader,
} from "../../formats/change-log-format.ts";
import type { TracePlace } from "../../formats/trace-format.ts";
import { writeFileWhole } from "../../formats/whole-write.ts";
import { systemCode, writeError } from "../../formats/write-error.ts";
import { checksumOf } from "./file-checksum.ts";

const suffix = ".changes.jsonl";

const lineEnd = 0x0a;

/** Size of a file in bytes from which changes go into a log. Shorter ones are written anew in a moment, and stay one file. */
export const loggedFrom = 128 * 1024;

/** The path of the log beside a trace's file. */
export const logOf = (path: string): string =>
  posix.join(posix.dirname(path), `${posix.basename(path, ".json")}${suffix}`);

/** The path of the trace's file that a log lies beside; undefined for a file that is no log. */
export const fileOfLog = (path: string): string | undefined =>
  path.endsWith(suffix) ? `${path.slice(0, -suffix.length)}.json` : undefined;

/** Adds a line to the log of a file, which is made where there is none that belongs to this file. */
export async function appendToLog(
  file: string,
  line: string,
  base: string,
): Promise<{ readonly size: number; readonly isNew: boolean }> {
  try {
    const size = await appendToOwn(file, line, base);
    if (size !== undefined) return { size, isNew: false };
    const text = logHeader(base) + line;
    await writeFileWhole(file, text);
    return { size: Buffer.byteLength(text), isNew: true };
  } catch (error) {
    throw writeError(error, file);
  }
}

/** Adds a line to a log of this base. Returns its size in bytes; undefined where there is no such log. */
async function appendToOwn(file: string, line: string, base: string): Promise<number | undefined> {
  const handle = await open(file, "r+").catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    const start = await handle.read(Buffer.alloc(256), 0, 256, 0);
    const [first = ""] = start.buffer.toString("utf8", 0, start.bytesRead).split("\n");
    if (!belongsTo(first, base, file)) return undefined;
    const from = await endOfLines(handle, size);
    const bytes = Buffer.from(line);
    try {
      await handle.truncate(from);
      await writeAt(handle, bytes, from);
    } catch (error) {
      await handle.truncate(from).catch(() => undefined);
      throw error;
    }
    await handle.datasync();
    return from + bytes.length;
  } finally {
    await handle.close();
  }
}

/**
 * Whether a log is of the file with this checksum. False for one that was left behind.
 * @param base  undefined for a file without a checksum, which keeps its log
 */
export const isLogOf = (text: string, base: string | undefined, file: string): boolean =>
  base === undefined || belongsTo(text.split("\n", 1)[0]!, base, file);

/** @throws FILE_DAMAGED for a log that does not say what it belongs to: what it holds is not to be written over */
const belongsTo = (header: string, base: string, file: string): boolean =>
  readLogHeader(header, file) === base;

/** Where the last whole line ends: a process that was killed while it wrote left the beginning of one behind it. */
async function endOfLines(handle: FileHandle, size: number): Promise<number> {
  const last = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  if (last.buffer[0] === lineEnd) return size;
  const all = await handle.read(Buffer.alloc(size), 0, size, 0);
  return all.buffer.lastIndexOf(lineEnd) + 1;
}

/** `write` may write less than it was given. */
async function writeAt(handle: FileHandle, bytes: Buffer, from: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, from + done);
    done += bytesWritten;
  }
}

/** What a log says of the trace whose file has this checksum. */
export interface ReadLog {
  /** False for a log that was left behind: its changes are in the file already. */
  readonly isOfFile: boolean;
  /** The changes in the order in which they were written, up to the first that is damaged. */
  readonly changes: readonly LoggedChange[];
  /** Number of lines that were written, damaged ones among them. */
  readonly lines: number;
  /** Whether it ends in the beginning of a line, which was never acknowledged. */
  readonly isCut: boolean;
}

/**
 * Reads a log.
 * @param base  the checksum of the trace's file. Undefined for a file without one, which somebody edited: it keeps its log
 * @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION
 */
export function readLog(
  text: string,
  base: string | undefined,
  place: TracePlace & { readonly traceId: string },
): ReadLog {
  const [, ...lines] = text.split("\n");
  const isCut = lines.pop() !== "";
  const isOfFile = isLogOf(text, base, place.where);
  const changes: LoggedChange[] = [];
  for (const line of isOfFile ? lines : []) {
    const change = readChange(line, place, checksumOf);
    if (change === undefined) break;
    changes.push(change);
  }
  return { isOfFile, changes, lines: lines.length, isCut };
}
