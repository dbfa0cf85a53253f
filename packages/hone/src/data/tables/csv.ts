/**
 * Comma-separated values (RFC 4180), read row by row as the file is read, and written.
 *
 * Cells in quotes may hold separators, line ends and doubled quotes. A byte order mark, gzip and the line ends of every system are
 * read. The separator is a comma, or a semicolon when the first line has semicolons and no comma, as some spreadsheets write it.
 */
import { Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { HoneError } from "../../core/errors.ts";
import type { DataKind } from "../../core/errors/data-errors.ts";
import { fileReason } from "../../core/file-reason.ts";
import { type DataText, textPieces } from "../text-lines.ts";

/** The cells of one row. */
export interface CsvRecord {
  /** The line at which it begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** The error for text that is no CSV, with the line of the problem. */
export class CsvProblem extends Error {
  readonly line: number;
  constructor(line: number, problem: string) {
    super(problem);
    this.line = line;
  }
}

/**
 * The records of a text, the first of which names the columns; blank lines are left out.
 * @throws CsvProblem for a quote that is not closed, that is followed by more text, or that stands within a cell
 */
export async function* csvRecords(pieces: AsyncIterable<string>): AsyncGenerator<CsvRecord, void> {
  const { delimiter, text } = await withDelimiter(pieces);
  const places = new RecordPlaces();
  const parser = parse({
    ...{ delimiter, bom: true, relax_column_count: true, skip_empty_lines: true },
    record_delimiter: ["\r\n", "\n", "\r"],
    on_record: (cells, { empty_lines }) => places.place(cells, empty_lines),
  });
  const source = Readable.from(text);
  source.on("error", (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const cells of parser as AsyncIterable<readonly string[]>)
      yield { line: places.lineOf(cells), cells };
  } catch (error) {
    throw error instanceof CsvError ? new CsvProblem(places.line, problemOf(error)) : error;
  } finally {
    source.destroy();
  }
}

/** Counts lines: the parser's own count takes a line end of two characters within quotes for two lines. */
class RecordPlaces {
  /** The line at which the next record begins. */
  line = 1;
  readonly #lines = new WeakMap<readonly string[], number>();
  #blank = 0;
  #width = 0;

  /** @param blank  how many blank lines there were so far @returns null for a line of spaces, which the parser then leaves out */
  place(cells: string[], blank: number): string[] | null {
    const line = this.line + blank - this.#blank;
    this.#lines.set(cells, line);
    this.line = line + 1 + cells.reduce((sum, cell) => sum + lineEndsIn(cell), 0);
    this.#blank = blank;
    this.#width ||= cells.length;
    const isSpace = this.#width > 1 && cells.length === 1 && cells[0]!.trim() === "";
    return isSpace ? null : cells;
  }

  lineOf(cells: readonly string[]): number {
    return this.#lines.get(cells)!;
  }
}

const lineEndsIn = (cell: string): number => cell.match(/\r\n|\n|\r/g)?.length ?? 0;

/** What the parser says in one sentence; the line is known better here. */
function problemOf({ code, message }: CsvError): string {
  if (code === "CSV_QUOTE_NOT_CLOSED") return "a quote of the row that begins here is not closed";
  if (code === "CSV_INVALID_CLOSING_QUOTE") return "there is text after a closing quote";
  if (code === "INVALID_OPENING_QUOTE")
    return "there is a quote within a cell; put the whole cell in quotes and double those in it";
  return message;
}

/** Reads up to the end of the first line, by which the separator is told. */
async function withDelimiter(
  pieces: AsyncIterable<string>,
): Promise<{ readonly delimiter: "," | ";"; readonly text: AsyncIterable<string> }> {
  const iterator = pieces[Symbol.asyncIterator]();
  let head = "";
  let isDone = false;
  while (!isDone && !/[\r\n]/.test(head)) {
    const next = await iterator.next();
    isDone = next.done === true;
    if (next.done !== true) head += next.value;
  }
  const [first = ""] = head.split(/[\r\n]/, 1);
  const text = (async function* () {
    if (head !== "") yield head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  })();
  return { delimiter: first.includes(";") && !first.includes(",") ? ";" : ",", text };
}

/** A row of a table, by the names of its columns. */
export interface CsvRow {
  /** The line at which it begins, from 1. */
  readonly line: number;
  readonly values: Readonly<Record<string, string>>;
}

/** A row that has not as many cells as there are columns. */
export interface BadCsvRow {
  readonly line: number;
  readonly problem: string;
}

/** How a table is read. */
export interface CsvOptions {
  /** Columns that there must be. Default: none is required. */
  readonly columns?: readonly string[];
  /** Further columns that are allowed. Default: any. */
  readonly optional?: readonly string[];
  /** What the table is read for, for the advice of errors. Default "rows". */
  readonly holds?: DataKind;
  /** Is told of rows with too few or too many cells, which are then left out. Default: they are errors. */
  readonly onBadRow?: (row: BadCsvRow) => void;
  readonly signal?: AbortSignal;
}

/**
 * The rows of a file, as they are read; the first line names the columns, without spaces around their names. An empty cell is "".
 * @throws DATA_UNREADABLE; DATA_EMPTY for a file without a row; DATA_LINE_INVALID, naming the line, for a column that is missing, unknown
 *   or there twice, for a row with too few or too many cells, and for quotes that are not as they should be; CANCELLED after the signal
 * @example for await (const { line, values } of readCsvRows("prices.csv", { columns: ["item", "price"] })) …
 */
export async function* readCsvRows(
  path: string,
  options: CsvOptions = {},
): AsyncGenerator<CsvRow, void> {
  let isEmpty = true;
  const { holds = "rows" } = options;
  for await (const row of csvRows({ path, holds, unreadable: unreadable(path, holds) }, options)) {
    if (options.signal?.aborted === true)
      throw new HoneError("CANCELLED", { what: `The reading of ${path}` });
    isEmpty = false;
    yield row;
  }
  if (isEmpty) throw new HoneError("DATA_EMPTY", { where: path, item: "row" });
}

/** The rows as `readCsvRows` reads them, of which there may be none. @throws as `readCsvRows`, without DATA_EMPTY and CANCELLED */
export async function* csvRows(
  file: DataText,
  options: Omit<CsvOptions, "signal" | "holds"> = {},
): AsyncGenerator<CsvRow, void> {
  const invalid = (line: number, problem: string): HoneError =>
    new HoneError("DATA_LINE_INVALID", { file: file.path, holds: file.holds, line, problem });
  let names: readonly string[] | undefined;
  try {
    for await (const { line, cells } of csvRecords(textPieces(file))) {
      if (names === undefined) {
        names = cells.map((name) => name.trim());
        const problem = problemOfColumns(names, options);
        if (problem !== undefined) throw invalid(line, problem);
      } else if (cells.length === names.length) {
        yield { line, values: Object.fromEntries(names.map((name, i) => [name, cells[i]!])) };
      } else {
        const problem = `it has ${cells.length} cells for ${names.length} columns`;
        if (options.onBadRow === undefined) throw invalid(line, problem);
        options.onBadRow({ line, problem });
      }
    }
  } catch (error) {
    throw error instanceof CsvProblem ? invalid(error.line, error.message) : error;
  }
}

const unreadable = (file: string, holds: DataKind) => (cause: unknown) =>
  new HoneError("DATA_UNREADABLE", { file, reason: fileReason(cause), holds }, { cause });

/** What is wrong with the names of the columns; undefined where nothing is. */
function problemOfColumns(
  names: readonly string[],
  { columns = [], optional }: Pick<CsvOptions, "columns" | "optional">,
): string | undefined {
  const known = [...columns, ...(optional ?? [])];
  const there = `there are ${known.join(", ")}`;
  const unnamed = names.indexOf("");
  if (unnamed >= 0) return `its column ${unnamed + 1} has no name`;
  const doubled = names.find((name, i) => names.indexOf(name) !== i);
  if (doubled !== undefined) return `the column ${doubled} is there twice`;
  const missing = columns.filter((name) => !names.includes(name));
  if (missing.length > 0)
    return `it has no column ${missing.join(", ")}; its columns are ${names.join(", ")}`;
  const unknown = names.find((name) => optional !== undefined && !known.includes(name));
  return unknown === undefined
    ? undefined
    : `there is no column ${JSON.stringify(unknown)}; ${there}`;
}

/**
 * The text of a table, with a line feed behind each row; a cell with a comma, a semicolon, a quote, a line end, or spaces around it is put
 * in quotes.
 * @param rows  the cells of each row, in the order of the columns
 * @example csvText(["item", "price"], [["tea, green", 2]]) // 'item,price\n"tea, green",2\n'
 */
export const csvText = (
  columns: readonly string[],
  rows: Iterable<readonly (string | number)[]>,
): string => [columns, ...rows].map(csvLine).join("");

/** One row of a table, with its line end. */
export const csvLine = (cells: readonly (string | number)[]): string =>
  `${cells.map((cell) => quoted(String(cell), cells.length)).join(",")}\n`;

/** A row of one empty cell would be a blank line, which readers leave out. */
const quoted = (cell: string, count: number): string =>
  /[",;\r\n]|^\s|\s$/.test(cell) || (cell === "" && count === 1)
    ? `"${cell.replaceAll('"', '""')}"`
    : cell;
