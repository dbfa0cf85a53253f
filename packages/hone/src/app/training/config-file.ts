/**
 * Reads a file of settings: YAML, of which JSON is a part. What stands in it is named with its line and column. A program may give
 * the same keys as an object.
 */
import { readFile } from "node:fs/promises";
import { isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLMap } from "yaml";
import { HoneError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { fileReason } from "../../core/file-reason.ts";

/** A place in a file; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One key of a file, or of an object in its place, with its value. */
export interface ConfigEntry {
  /** The keys on the way to it: ["lora_config", "rank"]. */
  readonly path: readonly string[];
  readonly value: unknown;
  /** Where the key stands. Absent in an object. */
  readonly keyAt?: Position;
  /** Where the value stands. Absent in an object. */
  readonly valueAt?: Position;
}

type PlacedEntry = Required<ConfigEntry>;

/** What would stand in a file of settings, as a program gives it. */
export interface ConfigObject {
  /** Names it in errors. */
  readonly name: string;
  readonly values: JsonObject;
}

/** A file of settings: its keys with their values, and where they stand. */
export interface ConfigFile {
  readonly values: Readonly<Record<string, unknown>>;
  /** The position of each key of the file itself and of its value. */
  readonly positions: ReadonlyMap<string, { readonly key: Position; readonly value: Position }>;
  /** The keys of the file itself and, behind each whose value has keys, those. */
  readonly entries: readonly PlacedEntry[];
}

/** @throws CONFIG_UNREADABLE; CONFIG_INVALID when the file is not YAML or has no keys */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const text = await textOf(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [error] = document.errors;
  if (error !== undefined) {
    const problem = `${error.message}.`;
    throw new HoneError("CONFIG_INVALID", { where: file, problem, ...at(error.pos[0]) });
  }
  const { contents } = document;
  if (contents === null) return { values: {}, positions: new Map(), entries: [] };
  if (!isMap(contents)) {
    const problem = "it must hold keys and values, such as `seed: 1`.";
    throw new HoneError("CONFIG_INVALID", { where: file, problem });
  }
  const values = document.toJS() as Record<string, unknown>;
  const entries = entriesOf(contents, values, at);
  const own = entries.filter(({ path }) => path.length === 1);
  const positions = own.map(
    ({ path, keyAt, valueAt }) => [path[0]!, { key: keyAt, value: valueAt }] as const,
  );
  return { values, positions: new Map(positions), entries };
}

/** The entries of an object, as those of a file that says the same. Values that are undefined are not there. */
export const objectEntries = (
  values: JsonObject,
  above: readonly string[] = [],
): readonly ConfigEntry[] =>
  Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const path = [...above, name];
    return [{ path, value }, ...(isObject(value) ? objectEntries(value, path) : [])];
  });

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new HoneError("CONFIG_UNREADABLE", { file, reason: fileReason(cause) }, { cause });
  }
}

function entriesOf(
  map: YAMLMap,
  values: Readonly<Record<string, unknown>>,
  at: (offset: number) => Position,
  above: readonly string[] = [],
): readonly PlacedEntry[] {
  return map.items.flatMap(({ key, value }) => {
    if (!isScalar(key) || !key.range) return [];
    const name = String(key.value);
    const path = [...above, name];
    const keyAt = at(key.range[0]);
    const valueAt = isNode(value) && value.range ? at(value.range[0]) : keyAt;
    const entry = { path, value: values[name], keyAt, valueAt };
    const inside = isMap(value)
      ? entriesOf(value, values[name] as Record<string, unknown>, at, path)
      : [];
    return [entry, ...inside];
  });
}
