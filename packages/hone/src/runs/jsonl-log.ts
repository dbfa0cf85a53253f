/** JSON Lines files of one format: a header line, then one row on each line. */
import type { Format } from "../formats/format.ts";
import { readRows, writeHeader, writeRow } from "../formats/format.ts";
import { AppendLog } from "./append-log.ts";
import { readText } from "./run-files.ts";

const lineFeed = 10;

/** The length of the complete lines, in bytes. A line is complete with its line end. */
function wholeLines(bytes: Uint8Array): number {
  return bytes.lastIndexOf(lineFeed) + 1;
}

/**
 * Opens the file, or starts one.
 * @param keep  bytes to keep of an existing file; the rest is cut off. Default: every whole row
 */
export function openJsonlLog(path: string, format: Format<unknown>, keep?: number): AppendLog {
  const header = Buffer.from(writeHeader(format));
  return new AppendLog(path, { header, wholeLength: wholeLines }, keep);
}

/** Appends a row to a log of JSON lines. */
export function appendRow(log: AppendLog, row: unknown): void {
  log.append(Buffer.from(writeRow(row)));
}

/** All whole rows of a file, which another process may be writing. Empty when there is no file. */
export async function readJsonl<T>(path: string, format: Format<T>): Promise<T[]> {
  const text = await readText(path);
  if (text === undefined) return [];
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole === "" ? [] : readRows(format, whole, path);
}
