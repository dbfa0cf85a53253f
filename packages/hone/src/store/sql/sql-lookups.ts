/** What a write to the SQL stores reads and locks first, and deleting the parts of traces. */
import { sql } from "kysely";
import { fromColumn, toColumn } from "./column-text.ts";
import { inChunks } from "./sql-chunks.ts";
import type { SqlLanguage } from "./sql-engine.ts";
import type { SpanRow, TablesConnection, TraceRow } from "./sql-tables.ts";

/** The rows of traces by id, locked until the transaction ends. They are locked in the order of ids, so that two writers
 * cannot wait for each other. */
export async function readRows(
  db: TablesConnection,
  ids: readonly string[],
  language: SqlLanguage,
): Promise<Map<string, TraceRow>> {
  const found = new Map<string, TraceRow>();
  const columns = ids.map(toColumn).toSorted();
  for (const part of inChunks(columns, 500)) {
    const query = db.selectFrom("hone_traces").selectAll().where("id", "in", part).orderBy("id");
    const rows = await language.lockRows(query).execute();
    for (const row of rows) found.set(fromColumn(row.id), row);
  }
  return found;
}

/** The JSON text of heads by the number of their trace. */
export async function readHeads(
  db: TablesConnection,
  nos: readonly number[],
): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const part of inChunks(nos, 500)) {
    const rows = await db
      .selectFrom("hone_heads")
      .selectAll()
      .where("trace_no", "in", part)
      .execute();
    for (const { trace_no, body } of rows) found.set(trace_no, body);
  }
  return found;
}

/** The rows of the named spans that are stored, by the number of their trace, then by their id. */
export async function readExistingSpans(
  db: TablesConnection,
  keys: readonly { readonly no: number; readonly id: string }[],
): Promise<Map<number, Map<string, SpanRow>>> {
  const found = new Map<number, Map<string, SpanRow>>();
  for (const part of inChunks(keys, 200)) {
    const pairs = part.map(({ no, id }) => sql`(cast(${no} as bigint), ${id})`);
    const rows = await db
      .selectFrom("hone_spans")
      .selectAll()
      .where(sql<boolean>`(trace_no, id) in (values ${sql.join(pairs)})`)
      .execute();
    for (const row of rows) {
      const spans = found.get(row.trace_no);
      if (spans === undefined) found.set(row.trace_no, new Map([[row.id, row]]));
      else spans.set(row.id, row);
    }
  }
  return found;
}

/** Deletes spans, heads, tags and indexed words of these traces; the rows of the traces themselves stay. */
export async function deleteParts(
  db: TablesConnection,
  language: SqlLanguage,
  nos: readonly number[],
): Promise<void> {
  await language.deleteDocs(db, nos);
  for (const part of inChunks(nos, 500)) {
    for (const table of ["hone_spans", "hone_heads", "hone_tags", "hone_facts"] as const) {
      await db.deleteFrom(table).where("trace_no", "in", part).execute();
    }
  }
}
