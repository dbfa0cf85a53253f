/**
 * Reads the rows of a Parquet file as plain JSON values, one group of rows after the other. Lists, structs and maps are nested; what a row
 * does not have (null) is left out, except where a message says nothing (`content: null`), which differs from a message without content.
 */
import { readFile } from "node:fs/promises";
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { JsonValue } from "../../core/json.ts";
import type { TextFile } from "../text-lines.ts";

/** A row. */
export interface ParquetRow {
  /** Its number, from 1. */
  readonly number: number;
  readonly values: Readonly<Record<string, JsonValue>>;
}

/** An opened file. */
export interface ParquetFile {
  /** Facts of the file as a whole, by their keys. */
  readonly facts: Readonly<Record<string, string>>;
  readonly rows: AsyncGenerator<ParquetRow, void>;
}

/** Opens a file. @throws what `unreadable` gives, also for a column whose type JSON has no form for; so do its rows */
export async function openParquet({ path, bytes, unreadable }: TextFile): Promise<ParquetFile> {
  try {
    const file = bytes === undefined ? await bufferOf(path) : ownBuffer(bytes);
    const metadata = await parquetMetadataAsync(file);
    const schema = parquetSchema(metadata);
    checkTypes(schema);
    const facts = (metadata.key_value_metadata ?? []).map(({ key, value = "" }) => [key, value]);
    return {
      facts: Object.fromEntries(facts) as Record<string, string>,
      rows: rowsOf({ file, metadata, schema, unreadable }),
    };
  } catch (cause) {
    throw unreadable(cause);
  }
}

const ownBuffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** A pipe has no size, and is read as a whole. */
async function bufferOf(path: string): Promise<AsyncBuffer | ArrayBuffer> {
  const file = await asyncBufferFromFile(path);
  return file.byteLength > 0 ? file : ownBuffer(await readFile(path));
}

interface OpenTable {
  readonly file: AsyncBuffer | ArrayBuffer;
  readonly metadata: FileMetaData;
  readonly schema: SchemaTree;
  readonly unreadable: TextFile["unreadable"];
}

async function* rowsOf(table: OpenTable): AsyncGenerator<ParquetRow, void> {
  const { file, metadata, schema, unreadable } = table;
  let rowStart = 0;
  for (const { num_rows: count } of metadata.row_groups) {
    const rowEnd = rowStart + Number(count);
    const given = { file, metadata, compressors, rowStart, rowEnd };
    const rows = await parquetReadObjects(given).catch((cause: unknown) => {
      throw unreadable(cause);
    });
    for (const row of rows)
      yield { number: ++rowStart, values: structOf(schema, row) as ParquetRow["values"] };
    rowStart = rowEnd;
  }
}

/** @throws Error naming the first column whose values JSON has no form for */
function checkTypes({ element, children, path }: SchemaTree): void {
  for (const child of children) checkTypes(child);
  const type = element.logical_type?.type ?? element.converted_type ?? element.type;
  const isOldList = type === "LIST" && children[0]!.children.length > 1;
  const isKnown =
    children.length > 0
      ? !isOldList && !["VARIANT", "FILE"].includes(type ?? "")
      : known.has(type ?? "NULL");
  if (isKnown || path.length === 0) return;
  const problem = `its column ${path.join(".")} is of the type ${isOldList ? "LIST in an old form" : type}, and only texts, numbers, flags, lists, structs, maps and JSON can be read; leave the column out, or make it a text`;
  throw new Error(problem);
}

const known: ReadonlySet<string> = new Set([
  ...["STRING", "UTF8", "ENUM", "JSON", "BOOLEAN", "INT32", "INT64", "FLOAT", "DOUBLE", "FLOAT16"],
  ...["INTEGER", "INT_8", "INT_16", "INT_32", "INT_64", "UINT_8", "UINT_16", "UINT_32", "UINT_64"],
  ...["NULL"],
]);

/** A value of a group or a leaf of the schema. */
function jsonOf(tree: SchemaTree, value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  const { element, children } = tree;
  const kind = element.logical_type?.type ?? element.converted_type;
  if (children.length === 0 && element.repetition_type === "REPEATED" && Array.isArray(value))
    return value.map(leafOf);
  if (children.length === 0) return kind === "JSON" ? (value as JsonValue) : leafOf(value);
  if (kind === "LIST") return listOf(children[0]!, value);
  if (kind === "MAP" || kind === "MAP_KEY_VALUE") return mapOf(children[0]!, value);
  if (element.repetition_type === "REPEATED" && Array.isArray(value))
    return value.map((one: unknown) => structOf(tree, one));
  return structOf(tree, value);
}

/** The elements of a list, with or without the group that usually stands around each. */
function listOf(repeated: SchemaTree, value: unknown): JsonValue {
  const { children } = repeated;
  const element = children.length === 1 ? children[0]! : repeated;
  return (value as readonly unknown[]).map((one) => jsonOf(element, one));
}

function mapOf(entry: SchemaTree, value: unknown): JsonValue {
  const of = entry.children[1]!;
  const pairs = Object.entries(value as object);
  return Object.fromEntries(pairs.map(([key, one]) => [key, jsonOf(of, one)]));
}

function structOf({ children }: SchemaTree, value: unknown): JsonValue {
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    children.flatMap((child) => {
      const { name } = child.element;
      const one = jsonOf(child, fields[name]);
      return one === null && name !== "content" ? [] : [[name, one]];
    }),
  );
}

/** Python's data frames write a number that is missing as NaN. */
function leafOf(value: unknown): JsonValue {
  if (typeof value === "bigint")
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (typeof value !== "number" || Number.isFinite(value)) return value as JsonValue;
  return Number.isNaN(value) ? null : String(value);
}
