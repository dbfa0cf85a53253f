/**
 * The entries of a data file, whatever holds them: lines of JSON, a JSON list, one JSON object (.json), or rows of a CSV or Parquet file. Files
 * of text may be gzipped. Lines and rows come as the file is read; a list is held as a whole.
 */
import { extname } from "node:path";
import { HoneError, isError } from "../core/errors.ts";
import type { DataKind } from "../core/errors/data-errors.ts";
import { fileReason } from "../core/file-reason.ts";
import { elementsOf } from "../core/json-text.ts";
import { isObject, parsedJson } from "../core/json.ts";
import { type DataEntry, parseEntry } from "./data-line-error.ts";
import { csvEntries, parquetEntries } from "./tables/row-entries.ts";
import { type DataText, linesOf, type TextFile, textPieces } from "./text-lines.ts";

/** A file of data. */
export interface DataSource {
  readonly file: string;
  /** What it is read for: the advice of errors, and what the columns of tables mean. */
  readonly holds: DataKind;
  /** The file's content, where it has been read already. */
  readonly bytes?: Uint8Array;
}

/**
 * The entries of a file, in its order; empty lines are skipped.
 * @throws DATA_UNREADABLE; DATA_LINE_INVALID for a list that is not JSON, and as `csvRows`
 */
export async function* dataEntries(source: DataSource): AsyncGenerator<DataEntry, void> {
  const { file, holds, bytes } = source;
  const text: DataText = { path: file, bytes, holds, unreadable: unreadableData(file, holds) };
  const kind = kindOf(file);
  if (kind === ".csv") yield* csvEntries(text);
  else if (kind === ".parquet") yield* parquetEntries(text);
  else if (kind === ".json") yield* jsonEntries({ file, holds }, await wholeText(text));
  else yield* lineEntries(text);
}

/** How a file's name says that it is written. @example kindOf("a.CSV.gz"); // ".csv" */
const kindOf = (file: string): string => extname(file.replace(/\.gz$/i, "")).toLowerCase();

/** The error for a data file that cannot be read. What the system says of a file, such as that there is none, has a code. */
export const unreadableData =
  (file: string, holds: DataKind) =>
  (cause: unknown): HoneError => {
    if (isError(cause, "DATA_UNREADABLE")) return cause;
    const isOfSystem = cause instanceof Error && "code" in cause;
    const facts = {
      ...{ file, reason: fileReason(cause), holds },
      ...(!isOfSystem && kindOf(file) === ".parquet" && { isParquet: true }),
    };
    return new HoneError("DATA_UNREADABLE", facts, { cause });
  };

/** What all entries of a file say of it. */
type OfFile = Pick<DataEntry, "file" | "holds">;

async function* lineEntries(source: DataText): AsyncGenerator<DataEntry, void> {
  const ofFile: OfFile = { file: source.path, holds: source.holds };
  const lines = linesOf(source);
  let [line, isFirst] = [0, true];
  for await (const text of lines) {
    line++;
    if (text.trim() === "") continue;
    if (isFirst && /^\s*\[/.test(text)) {
      // Blank lines before the list count as lines.
      const all = [...Array<string>(line - 1).fill(""), text];
      for await (const more of lines) all.push(more);
      return yield* listEntries(ofFile, all.join("\n"));
    }
    isFirst = false;
    yield { ...ofFile, text, line, column: 1 };
  }
}

/** A list, or one object; lines of JSON where it is neither. */
function* jsonEntries(ofFile: OfFile, text: string): Generator<DataEntry, void> {
  if (/^\s*\[/.test(text)) return yield* listEntries(ofFile, text);
  if (isObject(parsedJson(text))) return yield { ...ofFile, text, line: 1, column: 1 };
  for (const [i, line] of text.split("\n").entries())
    if (line.trim() !== "") yield { ...ofFile, text: line, line: i + 1, column: 1 };
}

function* listEntries(ofFile: OfFile, text: string): Generator<DataEntry, void> {
  parseEntry({ ...ofFile, text, line: 1, column: 1 });
  let [line, lineStart] = [1, 0];
  for (const element of elementsOf(text)) {
    for (;;) {
      const at = text.indexOf("\n", lineStart);
      if (at < 0 || at >= element.start) break;
      [line, lineStart] = [line + 1, at + 1];
    }
    yield { ...ofFile, text: element.text, line, column: element.start - lineStart + 1 };
  }
}

async function wholeText(source: TextFile): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of textPieces(source)) pieces.push(piece);
  return pieces.join("");
}
