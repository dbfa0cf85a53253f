/** Reads comma-separated values (RFC 4180). */

/** A row of cells. */
export interface CsvRow {
  /** The line of the text at which the row begins, from 1. */
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
 * Reads the rows of a text; blank lines are left out. A cell in quotes may hold separators, line ends and doubled quotes.
 * The separator is a comma, or a semicolon when the first line has semicolons and no comma, as some spreadsheets write it.
 * @throws CsvProblem for a quote that is not closed or is followed by more text
 */
export function readCsv(content: string): CsvRow[] {
  const text = content.replace(/^\ufeff/, "").replaceAll(/\r\n?/g, "\n");
  const [head = ""] = text.split("\n", 1);
  const separator = head.includes(";") && !head.includes(",") ? ";" : ",";
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let line = 1;
  let start = 1;
  for (let at = 0; at < text.length;) {
    const isQuoted = text[at] === '"';
    const end = isQuoted ? closingQuote(text, at, line) + 1 : cellEnd(text, at, separator);
    const raw = text.slice(at, end);
    cells.push(isQuoted ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    line += raw.split("\n").length - 1;
    const next = text[end];
    if (next !== undefined && next !== separator && next !== "\n") {
      throw new CsvProblem(line, "there is text after a closing quote");
    }
    at = end + 1;
    if (next === separator && at < text.length && text[at] !== "\n") continue;
    // A separator at the end of a line is followed by an empty cell.
    if (next === separator) {
      cells.push("");
      at++;
    }
    if (cells.length > 1 || cells[0]!.trim() !== "") rows.push({ line: start, cells });
    cells = [];
    start = ++line;
  }
  return rows;
}

function closingQuote(text: string, from: number, line: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  throw new CsvProblem(line, "a quote is not closed");
}

function cellEnd(text: string, from: number, separator: string): number {
  let at = from;
  while (at < text.length && text[at] !== separator && text[at] !== "\n") at++;
  return at;
}
