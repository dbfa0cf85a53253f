/** A JSON Lines file of one format: a header line, then a row per line. */
import type { Format } from "../formats/format.ts";
import { readRows, writeHeader, writeRow } from "../formats/format.ts";
import { AppendLog } from "./append-log.ts";
import { readText } from "./run-files.ts";

const lineFeed = 10;

/** Length of the lines that are complete; a line counts once its line end is there. */
function wholeLines(bytes: Uint8Array): number {
  return bytes.lastIndexOf(lineFeed) + 1;
}

/** Opens or starts the file; `keep` as for `AppendLog`. */
export function openJsonlLog(path: string, format: Format<unknown>, keep?: number): AppendLog {
  const header = Buffer.from(writeHeader(format));
  return new AppendLog(path, { header, wholeLength: wholeLines }, keep);
}

/** Adds a row. */
export function appendRow(log: AppendLog, row: unknown): void {
  log.append(Buffer.from(writeRow(row)));
}

/** All whole rows of a file, also while another process writes it; none when there is no file. */
export async function readJsonl<T>(path: string, format: Format<T>): Promise<T[]> {
  const text = await readText(path);
  if (text === undefined) return [];
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole === "" ? [] : readRows(format, whole, path);
}
