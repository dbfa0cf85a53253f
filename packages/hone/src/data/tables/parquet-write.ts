/** Writes rows as a Parquet file, compressed with Snappy, in groups of rows, so that a file of any size takes the memory of one group. */
import type { FileHandle } from "node:fs/promises";
import { ByteWriter, parquetWriteRows } from "hyparquet-writer";
import { writeFileWhole } from "../../formats/whole-write.ts";
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
 * Writes the file, whole or not at all.
 * @throws WRITE_FAILED, DISK_FULL; as `rows`
 */
export const writeParquet = (path: string, table: ParquetTable): Promise<void> =>
  writeFileWhole(path, (file) => writeTable(file, table));

/** Also what `datasets` writes: rows are found quickly, and a group of long conversations fits into memory. */
const rowsOfGroup = 1000;

async function writeTable(
  file: FileHandle,
  { columns, rows, facts = {} }: ParquetTable,
): Promise<void> {
  const writer = new ByteWriter();
  const flush = async (): Promise<void> => {
    await file.writeFile(new Uint8Array(writer.buffer, 0, writer.index));
    writer.index = 0;
  };
  await parquetWriteRows({
    writer: Object.assign(writer, { flush, finish: flush }),
    rows,
    columns: Object.keys(columns).map((name) => ({ name })),
    schema: schemaOf(columns),
    rowGroupSize: rowsOfGroup,
    kvMetadata: Object.entries(facts).map(([key, value]) => ({ key, value })),
    createdBy: "hone",
  });
}
