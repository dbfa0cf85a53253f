/**
 * Overviews counted by the database: one row for each group comes out of it, with the numbers that quantiles are made from as one
 * text. Reading a row for each trace takes several times as long.
 */
import { type RawBuilder, sql } from "kysely";
import { compareText } from "../../core/text-order.ts";
import { dayOf } from "../../core/time-text.ts";
import {
  noSums,
  overviewOf,
  type OverviewOptions,
  type OverviewSums,
  type TraceOverview,
} from "../../core/trace-overview.ts";
import { checkEvery, type TraceFilter } from "../../core/trace-query.ts";
import type { TraceGrouping } from "../../core/trace-grouping.ts";
import { fromColumn } from "./column-text.ts";
import type { SqlEngine } from "./sql-engine.ts";
import { conditionsOnTraces } from "./sql-conditions.ts";

/** Groups that follow from the rows of traces and their tags. */
type CountedGrouping = Exclude<TraceGrouping, "model" | "member">;

const dayMs = 86_400_000;

/** A text, null where a trace has none; the number of a day. Plain columns, so that an index that begins with one is of use. */
const keys: Readonly<Record<CountedGrouping | "all", RawBuilder<unknown>>> = {
  all: sql`'all'`,
  agent: sql`t.agent`,
  version: sql`t.agent_version`,
  session: sql`t.session_id`,
  user: sql`t.user_id`,
  tag: sql`k.tag`,
  day: sql`floor(t.started_at / ${sql.lit(dayMs)})`,
};

/** Traces that are counted by one statement: the text of their values stays far below what a text may hold, in the database and here. */
const countedAtOnce = 1_000_000;

/**
 * Whether the database can count it by itself: costs and what belongs to calls are counted from the calls, and kinds of errors are
 * found by reading them.
 */
export const isCountable = (
  { prices, error }: TraceFilter,
  by: TraceGrouping | undefined,
): by is CountedGrouping | undefined =>
  prices === undefined && error === undefined && by !== "model" && by !== "member";

interface CountedRow {
  readonly key: string | number | null;
  readonly stretch: number | null;
  readonly count: number;
  readonly first_at: number;
  readonly last_at: number;
  readonly span_count: number;
  readonly error_count: number;
  readonly failed_count: number;
  readonly reward: string | null;
  readonly tokens: string | null;
  readonly latency: string | null;
}

/**
 * The overview of each group and stretch, of what is countable.
 * @param words  those of the filter's text
 * @throws TRACE_QUERY_INVALID, STORE_DAMAGED
 */
export async function countedOverview(
  engine: SqlEngine,
  filter: TraceFilter,
  words: readonly string[],
  options: OverviewOptions & { readonly by?: CountedGrouping | undefined },
): Promise<TraceOverview[]> {
  checkEvery(options.every);
  const groups = new Map<string, Group>();
  const last = await lastNumber(engine);
  for (let first = 0; first <= last; first += countedAtOnce) {
    const part = last < countedAtOnce ? undefined : first;
    for (const row of await countedRows(engine, { filter, words, part, options })) {
      const key = typeof row.key === "number" ? dayOf(row.key * dayMs) : fromColumn(row.key ?? "");
      const from = row.stretch === null ? undefined : row.stretch * options.every!;
      const name = `${from} ${key}`;
      let group = groups.get(name);
      if (group === undefined) groups.set(name, (group = { key, from, sums: noSums() }));
      addRow(group.sums, row);
    }
  }
  return [...groups.values()]
    .toSorted((a, b) => (a.from ?? 0) - (b.from ?? 0) || compareText(a.key, b.key))
    .map(({ key, from, sums }) => overviewOf({ key, ...(from !== undefined && { from }) }, sums));
}

interface Group {
  readonly key: string;
  readonly from: number | undefined;
  readonly sums: OverviewSums;
}

async function lastNumber({ read }: SqlEngine): Promise<number> {
  const { last } = await read((db) =>
    db
      .selectFrom("hone_traces")
      .select(({ fn }) => fn.max("no").as("last"))
      .executeTakeFirstOrThrow(),
  );
  return last ?? -1;
}

/** What one statement counts. */
interface CountedPart {
  readonly filter: TraceFilter;
  readonly words: readonly string[];
  /** The first number of the traces that are counted; undefined: all are. */
  readonly part: number | undefined;
  readonly options: OverviewOptions & { readonly by?: CountedGrouping | undefined };
}

function countedRows(
  { read, language }: SqlEngine,
  { filter, words, part, options: { by, every } }: CountedPart,
): Promise<CountedRow[]> {
  const stretch = every === undefined ? sql`null` : sql`floor(t.started_at / ${sql.lit(every)})`;
  const tags = by === "tag" ? sql`left join hone_tags k on k.trace_no = t.no` : sql``;
  const where = [
    ...conditionsOnTraces(filter, words, language),
    ...(part === undefined ? [] : [sql`t.no >= ${part} and t.no < ${part + countedAtOnce}`]),
  ];
  const condition = where.length === 0 ? sql`` : sql`where ${sql.join(where, sql` and `)}`;
  // Sums of whole numbers are of another type in some databases.
  const number = sql.raw(language.types.number);
  return read(async (db) => {
    const query = sql<CountedRow>`
      select ${keys[by ?? "all"]} as key, ${stretch} as stretch, count(*) as count,
        min(t.started_at) as first_at, max(t.started_at) as last_at,
        cast(sum(t.span_count) as ${number}) as span_count,
        cast(sum(t.error_count) as ${number}) as error_count,
        sum(case when t.status = 'failed' then 1 else 0 end) as failed_count,
        ${language.numbersOf(sql`t.reward`)} as reward,
        ${language.numbersOf(sql`t.tokens`)} as tokens,
        ${language.numbersOf(sql`t.latency`)} as latency
      from hone_traces t ${tags} ${condition}
      group by ${every === undefined ? sql`1` : sql`1, 2`}`;
    return (await query.execute(db)).rows;
  });
}

function addRow(sums: OverviewSums, row: CountedRow): void {
  sums.count += row.count;
  sums.firstAt = Math.min(sums.firstAt, row.first_at);
  sums.lastAt = Math.max(sums.lastAt, row.last_at);
  sums.spanCount += row.span_count;
  sums.errorCount += row.error_count;
  sums.failedCount += row.failed_count;
  addNumbers(sums.values.reward, row.reward);
  addNumbers(sums.values.tokenSpread, row.tokens);
  addNumbers(sums.values.latency, row.latency);
}

function addNumbers(to: number[], text: string | null): void {
  for (const number of JSON.parse(text ?? "[]") as readonly number[]) to.push(number);
}
