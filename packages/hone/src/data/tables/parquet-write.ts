/** Writes rows as a Parquet file, compressed with Snappy, in groups of rows, so that a file of any size takes the memory of one group. */
import type { FileHandle } from "node:fs/promises";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { writeOutput } from "../../formats/whole-write.ts";
import { type ParquetColumns, schemaOf } from "./parquet-columns.ts";

/** What a Parquet file holds. */
export interface ParquetTable {
  readonly columns: ParquetColumns;
  /** Keys that a row lacks are null. */
  readonly rows: AsyncIterable<object>;
  /** Facts of the file as a whole, by their keys. */
  readonly facts?: Readonly<Record<string, string>>;
}

/**
 * Writes the file, whole or not at all; its missing folders are made.
 * @throws WRITE_FAILED, DISK_FULL; as `rows`
 */
export const writeParquet = (path: string, table: ParquetTable): Promise<void> =>
  writeOutput(path, (file) => writeTable(file, table));

/** The largest group: as many rows as `datasets` writes, or rows of so many characters as JSON, so that long conversations fit into memory. */
const largestGroup = { rows: 1000, characters: 1 << 20 } as const;

type Row = Readonly<Record<string, unknown>>;

async function writeTable(
  file: FileHandle,
  { columns, rows, facts = {} }: ParquetTable,
): Promise<void> {
  const bytes = new ByteWriter();
  const flush = async (): Promise<void> => {
    await file.writeFile(bytes.getBytes());
    bytes.index = 0;
  };
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(columns),
    // The least and the greatest text of every group would be held until the end, and help no reader to skip a group.
    statistics: false,
    kvMetadata: Object.entries(facts).map(([key, value]) => ({ key, value })),
    createdBy: "hone",
  });
  const names = Object.keys(columns);
  for await (const group of groupsOf(rows)) {
    const columnData = names.map((name) => ({ name, data: group.map((row) => row[name]) }));
    await writer.write({ columnData, rowGroupSize: largestGroup.rows });
    await flush();
  }
  await writer.finish();
  await flush();
}

/**
 * The rows in groups of at most `largestGroup`; a longer row is a group by itself. Rows wait as JSON texts: objects that outlive V8's young
 * collections make it allocate all of their kind in the old part of the heap, which then grows far beyond what is in use.
 */
async function* groupsOf(rows: AsyncIterable<object>): AsyncGenerator<readonly Row[], void> {
  let group: string[] = [];
  let characters = 0;
  for await (const row of rows) {
    const text = JSON.stringify(row);
    group.push(text);
    characters += text.length;
    if (group.length < largestGroup.rows && characters < largestGroup.characters) continue;
    yield group.map(rowOf);
    [group, characters] = [[], 0];
  }
  if (group.length > 0) yield group.map(rowOf);
}

const rowOf = (text: string): Row => JSON.parse(text) as Row;
