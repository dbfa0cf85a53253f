/**
 * Rows of a CSV file as the JSON objects that lines of data are. A cell is text, except in these columns:
 *
 *     weight, reward, margin             a number
 *     label                              true or false, 1 or 0
 *     messages and other lists           their JSON
 *     prompt, completion, tools, …       JSON where the cell is the JSON of messages or tools, else text
 */
import { HoneError, messageOf } from "../../core/errors.ts";
import { isObject, parsedJson } from "../../core/json.ts";
import type { DataEntry } from "../data-line-error.ts";
import type { TextFile } from "../text-lines.ts";
import { type CsvRow, csvRows } from "./csv.ts";

/** What the cells of a column may be. An empty one is no key, except in a column of texts that a form cannot do without. */
type CellKind = "number" | "flag" | "json" | "text or messages" | "needed text";

const cellKinds: Readonly<Record<string, CellKind>> = {
  ...{ weight: "number", reward: "number", margin: "number", label: "flag" },
  ...{ messages: "json", conversations: "json", history: "json", chat_template_kwargs: "json" },
  ...{ preferred_output: "json", non_preferred_output: "json" },
  ...{ prompt: "text or messages", completion: "text or messages" },
  ...{ chosen: "text or messages", rejected: "text or messages", input: "text or messages" },
  ...{ text: "needed text", instruction: "needed text", output: "needed text" },
};

/**
 * The entries of a CSV file.
 * @param isTyped  whether columns mean what lines of conversations mean by their keys; without it every cell is text
 * @throws as `csvRows`; DATA_LINE_INVALID for a cell that should be JSON and is not
 */
export async function* csvEntries(
  file: TextFile,
  isTyped: boolean,
): AsyncGenerator<DataEntry, void> {
  for await (const row of csvRows(file)) yield entryOf(file.path, row, isTyped);
}

function entryOf(file: string, { line, values }: CsvRow, isTyped: boolean): DataEntry {
  const members = Object.entries(values).flatMap(([name, cell]) => {
    const kind = isTyped && Object.hasOwn(cellKinds, name) ? cellKinds[name] : undefined;
    if (cell === "" && kind !== "needed text" && kind !== "text or messages") return [];
    if (cell === "" && name === "input") return [];
    return [`${JSON.stringify(name)}:${jsonOf(cell, kind, { file, line, name })}`];
  });
  return { file, text: `{${members.join(",")}}`, line, column: 1, isOfRow: true };
}

interface CellPlace {
  readonly file: string;
  readonly line: number;
  readonly name: string;
}

/** The JSON of a cell. What a column does not allow stays text, which the form of the line then refuses. */
function jsonOf(cell: string, kind: CellKind | undefined, place: CellPlace): string {
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

function checkedJson(cell: string, { file, line, name }: CellPlace): string {
  try {
    JSON.parse(cell);
    return cell;
  } catch (cause) {
    const problem = `${name}: the cell is not JSON (${messageOf(cause)})`;
    throw new HoneError("DATA_LINE_INVALID", { file, line, problem }, { cause });
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
