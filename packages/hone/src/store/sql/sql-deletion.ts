/** Deleting traces from the SQL stores, a few hundred in a transaction. */
import { fromColumn } from "./column-text.ts";
import { inChunks } from "./sql-chunks.ts";
import type { SqlEngine } from "./sql-engine.ts";
import { deleteParts, readRows } from "./sql-lookups.ts";

/** Number of traces that one transaction deletes. */
const deletedAtOnce = 200;

/** Deletes traces by their ids. Returns how many were stored. */
export async function deleteByIds(
  { write, language }: SqlEngine,
  ids: readonly string[],
): Promise<number> {
  let count = 0;
  for (const part of inChunks([...new Set(ids)], deletedAtOnce)) {
    count += await write(async (db) => {
      const rows = await readRows(db, part, language);
      const nos = [...rows.values()].map(({ no }) => no);
      if (nos.length === 0) return 0;
      await deleteParts(db, language, nos);
      await db.deleteFrom("hone_traces").where("no", "in", nos).execute();
      return nos.length;
    });
  }
  return count;
}

/** Deletes traces that started before this time (Unix milliseconds). Returns how many. */
export async function deleteBefore(engine: SqlEngine, before: number): Promise<number> {
  let count = 0;
  for (;;) {
    const rows = await engine.read((db) =>
      db
        .selectFrom("hone_traces")
        .select("id")
        .where("started_at", "<", before)
        .orderBy("started_at")
        .limit(deletedAtOnce)
        .execute(),
    );
    if (rows.length === 0) return count;
    count += await deleteByIds(
      engine,
      rows.map(({ id }) => fromColumn(id)),
    );
  }
}
