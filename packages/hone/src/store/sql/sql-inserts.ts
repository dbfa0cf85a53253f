/** Inserting and updating rows of the SQL stores, many with one statement. */
import { sql } from "kysely";
import { toColumn } from "./column-text.ts";
import { inChunks } from "./sql-chunks.ts";
import { factsOf, type StoredHead, type StoredSpan } from "./sql-rows.ts";
import type { TablesConnection, TraceRow } from "./sql-tables.ts";

type NewRow = Omit<TraceRow, "no">;

interface Target {
  readonly row: NewRow;
  no: number | undefined;
  readonly isNew: boolean;
  readonly stored: StoredHead | undefined;
  readonly spans: readonly StoredSpan[];
}

/** Number of rows of one statement. It is fixed, so that few different statements are prepared. */
const rowsAtOnce = 50;

/** Another process has inserted the same new trace since this transaction looked for it. The transaction must be run again. */
export class TraceAppeared extends Error {}

/** Inserts new traces and sets the number that the database gives each. @throws TraceAppeared */
export async function insertNewTraces(
  db: TablesConnection,
  targets: readonly Target[],
): Promise<void> {
  // In the order of ids, in which rows are also locked: two writers cannot wait for each other.
  const ordered = targets.toSorted((a, b) => (a.row.id < b.row.id ? -1 : 1));
  for (const part of inChunks(ordered, rowsAtOnce)) {
    const added = await db
      .insertInto("hone_traces")
      .values(part.map(({ row }) => row))
      .onConflict((conflict) => conflict.column("id").doNothing())
      .returning(["no", "id"])
      .execute();
    const nos = new Map(added.map(({ id, no }) => [id, no]));
    for (const target of part) {
      target.no = nos.get(target.row.id);
      if (target.no === undefined) throw new TraceAppeared();
    }
  }
}

/** Updates rows that are there and locked. */
export async function updateTraces(db: TablesConnection, rows: readonly NewRow[]): Promise<void> {
  for (const part of inChunks(rows, rowsAtOnce)) {
    const [first] = part;
    const names = Object.keys(first!).filter((name) => name !== "id");
    await db
      .insertInto("hone_traces")
      .values(part)
      .onConflict((conflict) =>
        conflict
          .column("id")
          .doUpdateSet(
            Object.fromEntries(names.map((name) => [name, sql.ref(`excluded.${name}`)])),
          ),
      )
      .execute();
  }
}

export async function insertHeads(db: TablesConnection, targets: readonly Target[]): Promise<void> {
  const rows = targets.flatMap(({ no, stored }) =>
    stored === undefined ? [] : [{ trace_no: no!, body: stored.body }],
  );
  for (const part of inChunks(rows, rowsAtOnce)) {
    await db
      .insertInto("hone_heads")
      .values(part)
      .onConflict((conflict) =>
        conflict.column("trace_no").doUpdateSet({ body: sql.ref("excluded.body") }),
      )
      .execute();
  }
}

/** Replaces the tags of traces whose head is new or changed. */
export async function insertTags(db: TablesConnection, targets: readonly Target[]): Promise<void> {
  const changed = targets.filter(({ stored }) => stored !== undefined);
  const old = changed.filter(({ isNew }) => !isNew).map(({ no }) => no!);
  for (const part of inChunks(old, 500)) {
    await db.deleteFrom("hone_tags").where("trace_no", "in", part).execute();
  }
  const rows = changed.flatMap(({ no, stored }) => {
    const { tags, startedAt } = stored!.head;
    return [...new Set(tags)].map((tag) => ({
      trace_no: no!,
      tag: toColumn(tag),
      started_at: startedAt,
    }));
  });
  for (const part of inChunks(rows, rowsAtOnce)) {
    await db.insertInto("hone_tags").values(part).execute();
  }
}

/** Replaces the facts of traces whose head is new or changed. */
export async function insertFacts(db: TablesConnection, targets: readonly Target[]): Promise<void> {
  const changed = targets.filter(({ stored }) => stored !== undefined);
  const old = changed.filter(({ isNew }) => !isNew).map(({ no }) => no!);
  for (const part of inChunks(old, 500)) {
    await db.deleteFrom("hone_facts").where("trace_no", "in", part).execute();
  }
  const rows = changed.flatMap(({ no, stored }) =>
    [...new Set(factsOf(stored!.head.metadata))].map((fact) => ({ trace_no: no!, fact })),
  );
  for (const part of inChunks(rows, rowsAtOnce)) {
    await db.insertInto("hone_facts").values(part).execute();
  }
}

export async function insertSpans(db: TablesConnection, targets: readonly Target[]): Promise<void> {
  const rows = targets.flatMap(({ no, spans }) =>
    spans.map(({ row }) => ({ trace_no: no!, ...row })),
  );
  for (const part of inChunks(rows, rowsAtOnce)) {
    await db
      .insertInto("hone_spans")
      .values(part)
      .onConflict((conflict) =>
        conflict.columns(["trace_no", "id"]).doUpdateSet({
          sequence: sql.ref("excluded.sequence"),
          has_error: sql.ref("excluded.has_error"),
          tokens_input: sql.ref("excluded.tokens_input"),
          tokens_output: sql.ref("excluded.tokens_output"),
          model: sql.ref("excluded.model"),
          latency: sql.ref("excluded.latency"),
          first_token: sql.ref("excluded.first_token"),
          reward: sql.ref("excluded.reward"),
          reward_source: sql.ref("excluded.reward_source"),
          body: sql.ref("excluded.body"),
        }),
      )
      .execute();
  }
}
