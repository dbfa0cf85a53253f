/**
 * Rows of a CSV or Parquet file as the JSON objects that lines of data are. A cell of a CSV file is text, except in these columns:
 *
 *     weight, reward, margin             a number
 *     label                              true or false, 1 or 0
 *     messages and other lists           their JSON
 *     prompt, completion, chosen, …      JSON where the cell is the JSON of messages, else text
 *
 * Parquet files have values; texts in the columns of the last two rows may be JSON, too.
 */
import { HoneError, messageOf } from "../../core/errors.ts";
import type { DataKind } from "../../core/errors/data-errors.ts";
import { isObject, parsedJson } from "../../core/json.ts";
import type { DataEntry } from "../data-line-error.ts";
import type { DataText } from "../text-lines.ts";
import { type CsvRow, csvRows } from "./csv.ts";
import { openParquet } from "./parquet-read.ts";

/** What the cells of a column may be. */
type CellKind = "number" | "flag" | "json" | "text or messages";

const cellKinds: Readonly<Record<string, CellKind>> = {
  ...{ weight: "number", reward: "number", margin: "number", label: "flag" },
  ...{ messages: "json", conversations: "json", history: "json", chat_template_kwargs: "json" },
  ...{ preferred_output: "json", non_preferred_output: "json" },
  ...{ prompt: "text or messages", completion: "text or messages" },
  ...{ chosen: "text or messages", rejected: "text or messages", input: "text or messages" },
};

/** Columns of which an empty cell is an empty text; of others it is no key. */
const canBeEmpty: ReadonlySet<string> = new Set([
  ...["prompt", "completion", "chosen", "rejected", "text", "instruction", "output"],
]);

/** What is read of files whose columns mean what lines of conversations mean by their keys; of other files every cell is text. */
const typed: ReadonlySet<DataKind> = new Set(["conversations", "trajectories"]);

/**
 * The entries of a CSV file.
 * @throws as `csvRows`; DATA_LINE_INVALID for a cell that should be JSON and is not
 */
export async function* csvEntries(file: DataText): AsyncGenerator<DataEntry, void> {
  for await (const row of csvRows(file)) yield entryOf(file, row);
}

function entryOf({ path: file, holds }: DataText, { line, values }: CsvRow): DataEntry {
  const isTyped = typed.has(holds);
  const members = Object.entries(values).flatMap(([name, cell]) => {
    const kind = isTyped ? kindOf(name) : undefined;
    if (cell === "" && !(isTyped && canBeEmpty.has(name))) return [];
    return [memberText(name, cellJson(cell, kind, { file, holds, line, name }))];
  });
  return { file, holds, text: `{${members.join(",")}}`, line, column: 1, isOfRow: true };
}

/**
 * The entries of a Parquet file, whose lines are the numbers of its rows. Those of a file in a format of hone say that format.
 * @throws as `openParquet`; DATA_LINE_INVALID for a text that should be JSON and is not
 */
export async function* parquetEntries(source: DataText): AsyncGenerator<DataEntry, void> {
  const { path: file, holds } = source;
  const isTyped = typed.has(holds);
  const { facts, rows } = await openParquet(source);
  const head = formatMembers(facts);
  for await (const { number: line, values } of rows) {
    const members = Object.entries(values).map(([name, value]) => {
      const kind = isTyped ? kindOf(name) : undefined;
      const isJson = kind === "json" || kind === "text or messages";
      const isCell = typeof value === "string" && isJson;
      const place = { file, holds, line, name };
      return memberText(name, isCell ? cellJson(value, kind, place) : JSON.stringify(value));
    });
    const text = `{${[...head, ...members].join(",")}}`;
    yield { file, holds, text, line, column: 1, isOfRow: true };
  }
}

/** Facts of a Parquet file that say its format, as the header of a file of lines does. */
export const parquetFacts = { format: "hone.format", version: "hone.version" } as const;

function formatMembers(facts: Readonly<Record<string, string>>): readonly string[] {
  const { [parquetFacts.format]: format, [parquetFacts.version]: version } = facts;
  if (format === undefined) return [];
  return [
    memberText("format", JSON.stringify(format)),
    memberText("version", JSON.stringify(Number(version))),
  ];
}

const memberText = (name: string, json: string): string => `${JSON.stringify(name)}:${json}`;

const kindOf = (name: string): CellKind | undefined =>
  Object.hasOwn(cellKinds, name) ? cellKinds[name] : undefined;

interface CellPlace extends Pick<DataEntry, "file" | "holds"> {
  readonly line: number;
  readonly name: string;
}

/** The JSON of a cell. What a column does not allow stays text, which the form of the line then refuses. */
function cellJson(cell: string, kind: CellKind | undefined, place: CellPlace): string {
  switch (kind) {
    case "number":
      return cell.trim() !== "" && Number.isFinite(Number(cell))
        ? String(Number(cell))
        : JSON.stringify(cell);
    case "flag":
      return flags.get(cell.trim().toLowerCase()) ?? JSON.stringify(cell);
    case "json":
      return checkedJson(cell, place);
    case "text or messages":
      return holdsMessages(cell) ? cell : JSON.stringify(cell);
    default:
      return JSON.stringify(cell);
  }
}

const flags: ReadonlyMap<string, string> = new Map([
  ...[["true", "true"] as const, ["1", "true"] as const],
  ...[["false", "false"] as const, ["0", "false"] as const],
]);

function checkedJson(cell: string, { name, ...place }: CellPlace): string {
  try {
    JSON.parse(cell);
    return cell;
  } catch (cause) {
    const problem = `${name}: the cell is not JSON (${messageOf(cause)})`;
    throw new HoneError("DATA_LINE_INVALID", { ...place, problem }, { cause });
  }
}

/** Whether a cell is the JSON of a list of messages, or of an object that has one. */
function holdsMessages(cell: string): boolean {
  if (!/^\s*[[{]/.test(cell)) return false;
  const json: unknown = parsedJson(cell);
  const list: unknown = isObject(json) ? json["messages"] : json;
  return (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((one) => isObject(one) && ("role" in one || "from" in one))
  );
}
