/** Lists of traces in the SQL stores: a cursor becomes the place where a page begins. */
import { type Expression, type SelectQueryBuilder, sql, type SqlBool } from "kysely";
import { HoneError } from "../../core/errors.ts";
import {
  type CheckedQuery,
  comparePositions,
  positionOf,
  type TraceFilter,
  type TraceOrder,
  type TracePage,
  type TracePosition,
  writeCursor,
} from "../../core/trace-query.ts";
import type { TraceSummary } from "../../core/trace-summary.ts";
import { oldestFirst } from "../list-query.ts";
import { fromColumn, toColumn } from "./column-text.ts";
import { demandWhole } from "./salvage-rows.ts";
import {
  type Condition,
  conditions,
  failedRows,
  isByTag,
  type TaskColumn,
} from "./sql-conditions.ts";
import type { SqlEngine } from "./sql-engine.ts";
import type { TablesConnection, TraceRow } from "./sql-tables.ts";

/** The column that an order compares. */
const orderColumns = {
  startedAt: "started_at",
  reward: "reward",
  latency: "latency",
  tokens: "tokens",
} as const satisfies Readonly<Record<TraceOrder["by"], keyof TraceRow>>;

/** What a page needs of its store, which knows what to do with parts that cannot be read. */
export interface PageReaders {
  readonly summariesOf: (rows: readonly TraceRow[]) => Promise<readonly TraceSummary[]>;
  /** The rows whose traces have an error of this kind. */
  readonly withError: (rows: readonly TraceRow[], error: string) => Promise<readonly TraceRow[]>;
}

/** One page of the query's answer. */
export async function queryPage(
  engine: SqlEngine,
  query: CheckedQuery,
  { summariesOf, withError }: PageReaders,
): Promise<TracePage> {
  const { filter, order, limit } = query;
  const taskColumns: readonly TaskColumn[] =
    filter.task === undefined ? [undefined] : ["words", "id"];
  const { read, language } = engine;
  const common = await read((db) => language.commonWords(db, query.words));
  const found = new Map<string, TraceSummary>();
  for (const task of taskColumns) {
    const rows = await firstAfter(engine, { ...query, task, common, withError });
    for (const one of await summariesOf(rows)) found.set(one.id, one);
  }
  const traces = [...found.values()];
  // The answers of two statements are merged. That of one keeps the database's order, which differs from ours where ids
  // hold halves of surrogate pairs.
  if (taskColumns.length > 1) {
    traces.sort((a, b) => comparePositions(positionOf(a, order), positionOf(b, order), order));
  }
  // The statements ask for one trace more than the page holds, which tells whether there is a next page.
  const page = traces.slice(0, limit);
  return traces.length <= limit
    ? { traces: page }
    : { traces: page, next: writeCursor(page.at(-1)!, order) };
}

/** A query that is asked by one of the columns of its task. */
interface AskedQuery extends CheckedQuery, Pick<PageReaders, "withError"> {
  readonly task: TaskColumn;
  /** Those of its words that many traces hold. */
  readonly common: ReadonlySet<string>;
}

/** The first `limit` + 1 traces after the cursor: traces that have a value in the order first, then those that have none. */
async function firstAfter(engine: SqlEngine, query: AskedQuery): Promise<TraceRow[]> {
  const { filter, order, limit, after } = query;
  const rows: TraceRow[] = [];
  const select = async (placeAfter: (after?: TracePosition) => Placed): Promise<void> => {
    const wanted = limit + 1 - rows.length;
    if (wanted > 0) rows.push(...(await firstAt(engine, query, placeAfter, wanted)));
  };
  if (after === undefined || after.value !== undefined)
    await select((position) => withValue(filter, order, position));
  const { by } = order;
  if (by === "reward" || by === "latency")
    await select((position) => withoutValue(orderColumns[by], position));
  return rows;
}

/** Number of traces with errors that are looked at together for those of one kind. */
const lookedAtOnce = 500;

/** The first rows at a place in the order. The database does not know kinds of errors, so those are looked for in its answers. */
async function firstAt(
  { read, language }: SqlEngine,
  { filter, words, common, order, task, after, withError }: AskedQuery,
  placeAfter: (after?: TracePosition) => Placed,
  wanted: number,
): Promise<readonly TraceRow[]> {
  const where = conditions({ filter, words, common, order, task }, language);
  const ask = ({ where: here, orderBy }: Placed, limit: number): Promise<TraceRow[]> => {
    const asked = { where: [...where, ...here], orderBy, limit };
    return read((db) => selectTraces(db, filter, order, asked));
  };
  const { error } = filter;
  if (error === undefined) return ask(placeAfter(after), wanted);
  const found: TraceRow[] = [];
  let position = after;
  for (;;) {
    const rows = await ask(placeAfter(position), lookedAtOnce);
    found.push(...(await withError(rows, error)));
    const last = rows.at(-1);
    if (found.length >= wanted || last === undefined || rows.length < lookedAtOnce)
      return found.slice(0, wanted);
    position = { value: last[orderColumns[order.by]] ?? undefined, id: fromColumn(last.id) };
  }
}

/** Where a page begins, and how its traces are ordered. */
interface Placed {
  readonly where: readonly Condition[];
  readonly orderBy: readonly OrderBy[];
}

interface OrderBy {
  readonly value: Expression<unknown>;
  readonly direction: "asc" | "desc";
}

const byId: OrderBy = { value: sql.ref("t.id"), direction: "asc" };

interface Selection extends Placed {
  readonly limit: number;
}

/** Rows of `hone_traces`, which conditions call `t`; where a tag leads to them, its table is `g`. */
function selectTraces(
  db: TablesConnection,
  filter: TraceFilter,
  order: TraceOrder,
  selection: Selection,
): Promise<TraceRow[]> {
  if (!isByTag(filter, order)) {
    return narrowed(db.selectFrom("hone_traces as t").selectAll("t"), selection).execute();
  }
  const tagged = db
    .selectFrom("hone_tags as g")
    .innerJoin("hone_traces as t", "t.no", "g.trace_no")
    .selectAll("t")
    .where("g.tag", "=", toColumn(filter.tag!));
  return narrowed(tagged, selection).execute();
}

function narrowed<DB, Table extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, Table, Row>,
  { where, orderBy, limit }: Selection,
): SelectQueryBuilder<DB, Table, Row> {
  const matching = where.reduce((all, one) => all.where(one), query);
  const ordered = orderBy.reduce(
    (all, { value, direction }) => all.orderBy(value, direction),
    matching,
  );
  return ordered.limit(limit);
}

/** Traces that have a value in the order, after the cursor. */
function withValue(filter: TraceFilter, order: TraceOrder, after?: TracePosition): Placed {
  const value = isByTag(filter, order)
    ? sql.ref<number>("g.started_at")
    : sql.ref<number>(`t.${orderColumns[order.by]}`);
  const isDescending = order.direction === "descending";
  const operator = sql.raw(isDescending ? "<" : ">");
  const isAlwaysThere = order.by === "startedAt" || order.by === "tokens";
  return {
    where: [
      ...(isAlwaysThere ? [] : [sql<SqlBool>`${value} is not null`]),
      ...(after?.value === undefined
        ? []
        : [
            sql<SqlBool>`${value} ${operator}= ${after.value}`,
            sql<SqlBool>`(${value} ${operator} ${after.value} or t.id > ${toColumn(after.id)})`,
          ]),
    ],
    orderBy: [{ value, direction: isDescending ? "desc" : "asc" }, byId],
  };
}

/** Traces that have no value in the order, by their ids, after the cursor. */
function withoutValue(column: keyof TraceRow, after?: TracePosition): Placed {
  const isAmongThem = after !== undefined && after.value === undefined;
  return {
    where: [
      sql<SqlBool>`${sql.ref(`t.${column}`)} is null`,
      ...(isAmongThem ? [sql<SqlBool>`t.id > ${toColumn(after.id)}`] : []),
    ],
    orderBy: [byId],
  };
}

/** Number of traces that a stream reads at once. */
const streamPage = 500;

/** Which rows a stream has, beside those of the filter. */
interface StreamedRows {
  /** The words of the filter's text. */
  readonly words: readonly string[];
  /** Only traces that may have errors. Default false. */
  readonly mayHaveFailed?: boolean;
}

/** All rows of the filter in the order of start, then id. @throws STORE_DAMAGED where the list cannot be read further */
export async function* streamRows(
  { read, language, url }: SqlEngine,
  filter: TraceFilter,
  { words, mayHaveFailed = false }: StreamedRows,
): AsyncGenerator<TraceRow, void> {
  const where = [
    ...conditions({ filter, words, order: oldestFirst, task: undefined }, language),
    ...(mayHaveFailed ? [failedRows] : []),
  ];
  let after: TracePosition | undefined;
  for (;;) {
    const place = withValue(filter, oldestFirst, after);
    const asked = {
      where: [...where, ...place.where],
      orderBy: place.orderBy,
      limit: streamPage,
    };
    const rows = await read((db) => selectTraces(db, filter, oldestFirst, asked));
    for (const row of rows) {
      demandWhole(row, url);
      // A damaged index could lead back to earlier rows for ever.
      if (row.started_at < (after?.value ?? -Infinity)) {
        const problem = `its index of starts is out of order at trace ${fromColumn(row.id)}`;
        throw new HoneError("STORE_DAMAGED", { store: url, problem });
      }
      yield row;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < streamPage) return;
    after = { value: last.started_at, id: fromColumn(last.id) };
  }
}

/** What leads to the whole trace of an id; undefined where there is none. */
export const rowOfId = ({ read }: SqlEngine, id: string) =>
  read((db) =>
    db
      .selectFrom("hone_traces")
      .select(["no", "id", "span_count"])
      .where("id", "=", toColumn(id))
      .executeTakeFirst(),
  );

/** At most `limit` ids that begin with these characters, the smallest first. */
export async function idsOf(
  { read }: SqlEngine,
  beginning: string,
  limit: number,
): Promise<string[]> {
  const from = toColumn(beginning);
  // An upper bound of everything that begins with `from`: no column holds this character twice in a row.
  const to = `${from}\u{10ffff}\u{10ffff}`;
  const rows = await read((db) =>
    db
      .selectFrom("hone_traces")
      .select("id")
      .where("id", ">=", from)
      .where("id", "<", to)
      .orderBy("id")
      .limit(limit)
      .execute(),
  );
  return rows.map(({ id }) => fromColumn(id));
}
