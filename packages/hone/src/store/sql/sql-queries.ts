/** Queries of the SQL stores: filters as conditions, orders as places to go on from. */
import { type Expression, type Kysely, type SelectQueryBuilder, sql, type SqlBool } from "kysely";
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
import { fromColumn, toColumn } from "./column-text.ts";
import type { SqlEngine, SqlLanguage } from "./sql-engine.ts";
import { hashOf } from "./sql-rows.ts";
import type { Tables, TraceRow } from "./sql-tables.ts";

type Database = Kysely<Tables>;
type Aliased = { t: TraceRow };
type Query = SelectQueryBuilder<Aliased, "t", object>;

/** The column of an order. */
const columns = {
  startedAt: "started_at",
  reward: "reward",
  latency: "latency",
  tokens: "tokens",
} as const satisfies Readonly<Record<TraceOrder["by"], keyof TraceRow>>;

/** What is asked of a task: its words and its id are two columns, each with an index of its own. */
type TaskCondition = "words" | "id" | undefined;

/** One page of the query's answer. */
export async function queryPage(
  engine: SqlEngine,
  query: CheckedQuery,
  summaryFrom: (row: TraceRow) => TraceSummary,
): Promise<TracePage> {
  const { filter, order, limit } = query;
  const sides: readonly TaskCondition[] = filter.task === undefined ? [undefined] : ["words", "id"];
  const found = new Map<string, TraceSummary>();
  for (const side of sides) {
    for (const row of await firstAfter(engine, query, side)) {
      const one = summaryFrom(row);
      found.set(one.id, one);
    }
  }
  const traces = [...found.values()];
  // What one statement gave is in its order, also where halves of surrogate pairs make it another than ours.
  if (sides.length > 1) {
    traces.sort((a, b) => comparePositions(positionOf(a, order), positionOf(b, order), order));
  }
  // One more than asked for tells whether there is a next page.
  const page = traces.slice(0, limit);
  return traces.length <= limit
    ? { traces: page }
    : { traces: page, next: writeCursor(page.at(-1)!, order) };
}

/** The first `limit` + 1 traces after the place: those that have a value first, then those that have none. */
async function firstAfter(
  { read, language }: SqlEngine,
  query: CheckedQuery,
  task: TaskCondition,
): Promise<TraceRow[]> {
  const { filter, words, order, limit, after } = query;
  const column = columns[order.by];
  const rows: TraceRow[] = [];
  const ask = async (place: "valued" | "empty"): Promise<void> => {
    if (rows.length > limit) return;
    const wanted = limit + 1 - rows.length;
    const selected = await read((db) => {
      const matching = conditions(
        tracesIn(db, filter, order),
        { filter, words, order, task },
        language,
      );
      const placed =
        place === "valued"
          ? inOrder(matching, filter, order, after)
          : withoutValue(matching, column, after);
      return placed.selectAll("t").limit(wanted).execute();
    });
    rows.push(...(selected as TraceRow[]));
  };
  if (after === undefined || after.value !== undefined) await ask("valued");
  const isOptional = order.by === "reward" || order.by === "latency";
  if (isOptional) await ask("empty");
  return rows;
}

/** Whether the traces of a tag are walked through in the order of their start; those of a task are fewer. */
const isByTag = (filter: TraceFilter, order: TraceOrder): boolean =>
  filter.tag !== undefined && filter.task === undefined && order.by === "startedAt";

function tracesIn(db: Database, filter: TraceFilter, order: TraceOrder): Query {
  if (!isByTag(filter, order)) return db.selectFrom("hone_traces as t") as unknown as Query;
  return db
    .selectFrom("hone_tags as g")
    .innerJoin("hone_traces as t", "t.no", "g.trace_no")
    .where("g.tag", "=", toColumn(filter.tag!)) as unknown as Query;
}

function inOrder(
  query: Query,
  filter: TraceFilter,
  order: TraceOrder,
  after?: TracePosition,
): Query {
  const value = isByTag(filter, order)
    ? sql.ref<number>("g.started_at")
    : sql.ref<number>(`t.${columns[order.by]}`);
  const isDescending = order.direction === "descending";
  const operator = sql.raw(isDescending ? "<" : ">");
  const valued =
    order.by === "startedAt" || order.by === "tokens"
      ? query
      : query.where(sql<SqlBool>`${value} is not null`);
  const placed =
    after?.value === undefined
      ? valued
      : valued
          .where(sql<SqlBool>`${value} ${operator}= ${after.value}`)
          .where(
            sql<SqlBool>`(${value} ${operator} ${after.value} or t.id > ${toColumn(after.id)})`,
          );
  return placed.orderBy(value, isDescending ? "desc" : "asc").orderBy("t.id");
}

function withoutValue(query: Query, column: keyof TraceRow, after?: TracePosition): Query {
  const empty = query.where(sql<SqlBool>`${sql.ref(`t.${column}`)} is null`);
  const placed =
    after !== undefined && after.value === undefined
      ? empty.where("t.id", ">", toColumn(after.id))
      : empty;
  return placed.orderBy("t.id");
}

interface Conditions {
  readonly filter: TraceFilter;
  readonly words: readonly string[];
  readonly order: TraceOrder;
  readonly task: TaskCondition;
}

function conditions(
  query: Query,
  { filter, words, order, task }: Conditions,
  language: SqlLanguage,
): Query {
  const { agent, agentVersion, from, to, status, minReward, maxReward, tag } = filter;
  const start = isByTag(filter, order) ? sql.ref("g.started_at") : sql.ref("t.started_at");
  // An index over rewards helps only where they are the order; elsewhere it would lead the planner off the order's own.
  const reward = order.by === "reward" ? sql.ref("t.reward") : sql`(t.reward + 0)`;
  const list: (Expression<SqlBool> | undefined)[] = [
    agent === undefined ? undefined : sql`t.agent = ${toColumn(agent)}`,
    agentVersion === undefined ? undefined : sql`t.agent_version = ${toColumn(agentVersion)}`,
    status === undefined ? undefined : sql`t.status = ${status}`,
    from === undefined ? undefined : sql`${start} >= ${from}`,
    to === undefined ? undefined : sql`${start} < ${to}`,
    minReward === undefined ? undefined : sql`${reward} >= ${minReward}`,
    maxReward === undefined ? undefined : sql`${reward} <= ${maxReward}`,
    tag === undefined || isByTag(filter, order) ? undefined : hasTag(tag, order),
    taskCondition(filter.task, task),
    ...words.map((word) => language.holdsWord(word)),
  ];
  return list.reduce<Query>((all, one) => (one === undefined ? all : all.where(one)), query);
}

/** Tags of each trace where few are looked at, traces of the tag where all would be. */
const hasTag = (tag: string, order: TraceOrder): Expression<SqlBool> =>
  order.by === "startedAt"
    ? sql`exists (select 1 from hone_tags g where g.trace_no = t.no and g.tag = ${toColumn(tag)})`
    : sql`t.no in (select trace_no from hone_tags where tag = ${toColumn(tag)})`;

function taskCondition(
  task: string | undefined,
  side: TaskCondition,
): Expression<SqlBool> | undefined {
  if (task === undefined) return undefined;
  const column = toColumn(task);
  if (side === "id") return sql`t.task_id = ${column}`;
  const words = sql<SqlBool>`(t.task_hash = ${hashOf(column)} and t.task = ${column})`;
  return side === "words" ? words : sql`(${words} or t.task_id = ${column})`;
}

const oldestFirst: TraceOrder = { by: "startedAt", direction: "ascending" };

/** Traces of a stream, a page at a time. */
const streamPage = 500;

/** All rows of the filter in the order of start, then id. */
export async function* streamRows(
  { read, language }: SqlEngine,
  filter: TraceFilter,
  words: readonly string[],
): AsyncGenerator<TraceRow, void> {
  let after: TracePosition | undefined;
  for (;;) {
    const rows = await read((db) => {
      const base = tracesIn(db, filter, oldestFirst);
      const asked = { filter, words, order: oldestFirst, task: undefined };
      const matching = conditions(base, asked, language);
      return inOrder(matching, filter, oldestFirst, after)
        .selectAll("t")
        .limit(streamPage)
        .execute() as Promise<TraceRow[]>;
    });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < streamPage) return;
    after = { value: last.started_at, id: fromColumn(last.id) };
  }
}
