/** Inserting and updating rows of the SQL stores, many with one statement. */
import { type Compilable, CompiledQuery, sql } from "kysely";
import { toColumn } from "./column-text.ts";
import { inChunks } from "./sql-chunks.ts";
import type { SqlLanguage } from "./sql-engine.ts";
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

/** A transaction, and the language of its database. */
interface Connection {
  readonly db: TablesConnection;
  readonly language: SqlLanguage;
}

/** Number of rows of one statement. It is fixed, so that few different statements are written and prepared. */
const rowsAtOnce = 50;

/** Another process has inserted the same new trace since this transaction looked for it. The transaction must be run again. */
export class TraceAppeared extends Error {}

/** The texts of statements by language, then by what they do, their columns and their number of rows. */
const texts = new WeakMap<SqlLanguage, Map<string, string>>();

/**
 * Runs the statement of a query for all rows, some at once. Its text is made once for each number of rows, since Kysely takes
 * longer to write it than SQLite to run it.
 *
 * @param name  names the query
 * @param rows  objects with the same keys, which are all the query's parameters
 */
async function forRows<Row extends object, Found>(
  { db, language }: Connection,
  { name, rows }: { readonly name: string; readonly rows: readonly Row[] },
  query: (rows: readonly Row[]) => Compilable<Found>,
): Promise<Found[]> {
  const known = texts.get(language) ?? new Map<string, string>();
  texts.set(language, known);
  const columns = Object.keys(rows[0] ?? {}) as (keyof Row)[];
  const found: Found[] = [];
  for (const part of inChunks(rows, rowsAtOnce)) {
    const key = `${name} ${columns.join()} ${part.length}`;
    const text = known.get(key) ?? query(part).compile().sql;
    known.set(key, text);
    const parameters = part.flatMap((row) => columns.map((column) => row[column]));
    const result = await db.executeQuery(CompiledQuery.raw(text, parameters));
    found.push(...(result.rows as Found[]));
  }
  return found;
}

/** Inserts new traces and sets the number that the database gives each. @throws TraceAppeared */
export async function insertNewTraces(
  connection: Connection,
  targets: readonly Target[],
): Promise<void> {
  // In the order of ids, in which rows are also locked: two writers cannot wait for each other.
  const ordered = targets.toSorted((a, b) => (a.row.id < b.row.id ? -1 : 1));
  const rows = ordered.map(({ row }) => row);
  const added = await forRows(connection, { name: "new traces", rows }, (part) =>
    connection.db
      .insertInto("hone_traces")
      .values(part)
      .onConflict((conflict) => conflict.column("id").doNothing())
      .returning(["no", "id"]),
  );
  const nos = new Map(added.map(({ id, no }) => [id, no]));
  for (const target of ordered) {
    target.no = nos.get(target.row.id);
    if (target.no === undefined) throw new TraceAppeared();
  }
}

/** Updates rows that are there and locked. */
export async function updateTraces(connection: Connection, rows: readonly NewRow[]): Promise<void> {
  await forRows(connection, { name: "traces", rows }, (part) => {
    const names = Object.keys(part[0]!).filter((name) => name !== "id");
    const set = Object.fromEntries(names.map((name) => [name, sql.ref(`excluded.${name}`)]));
    return connection.db
      .insertInto("hone_traces")
      .values(part)
      .onConflict((conflict) => conflict.column("id").doUpdateSet(set));
  });
}

export async function insertHeads(
  connection: Connection,
  targets: readonly Target[],
): Promise<void> {
  const rows = targets.flatMap(({ no, stored }) =>
    stored === undefined ? [] : [{ trace_no: no!, body: stored.body }],
  );
  await forRows(connection, { name: "heads", rows }, (part) =>
    connection.db
      .insertInto("hone_heads")
      .values(part)
      .onConflict((conflict) =>
        conflict.column("trace_no").doUpdateSet({ body: sql.ref("excluded.body") }),
      ),
  );
}

/** Replaces the tags of traces whose head is new or changed. */
export async function insertTags(
  connection: Connection,
  targets: readonly Target[],
): Promise<void> {
  const { db } = connection;
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
  await forRows(connection, { name: "tags", rows }, (part) =>
    db.insertInto("hone_tags").values(part),
  );
}

/** Replaces the facts of traces whose head is new or changed. */
export async function insertFacts(
  connection: Connection,
  targets: readonly Target[],
): Promise<void> {
  const { db } = connection;
  const changed = targets.filter(({ stored }) => stored !== undefined);
  const old = changed.filter(({ isNew }) => !isNew).map(({ no }) => no!);
  for (const part of inChunks(old, 500)) {
    await db.deleteFrom("hone_facts").where("trace_no", "in", part).execute();
  }
  const rows = changed.flatMap(({ no, stored }) =>
    [...new Set(factsOf(stored!.head.metadata))].map((fact) => ({ trace_no: no!, fact })),
  );
  await forRows(connection, { name: "facts", rows }, (part) =>
    db.insertInto("hone_facts").values(part),
  );
}

export async function insertSpans(
  connection: Connection,
  targets: readonly Target[],
): Promise<void> {
  const rows = targets.flatMap(({ no, spans }) =>
    spans.map(({ row }) => ({ trace_no: no!, ...row })),
  );
  await forRows(connection, { name: "spans", rows }, (part) =>
    connection.db
      .insertInto("hone_spans")
      .values(part)
      .onConflict((conflict) =>
        conflict.columns(["trace_no", "id"]).doUpdateSet({
          sequence: sql.ref("excluded.sequence"),
          has_error: sql.ref("excluded.has_error"),
          tokens_input: sql.ref("excluded.tokens_input"),
          tokens_output: sql.ref("excluded.tokens_output"),
          model: sql.ref("excluded.model"),
          agent: sql.ref("excluded.agent"),
          latency: sql.ref("excluded.latency"),
          first_token: sql.ref("excluded.first_token"),
          reward: sql.ref("excluded.reward"),
          reward_source: sql.ref("excluded.reward_source"),
          body: sql.ref("excluded.body"),
        }),
      ),
  );
}
