/** The conditions of a filter in the SQL stores. */
import { type Expression, sql, type SqlBool } from "kysely";
import type { TraceFilter, TraceOrder } from "../../core/trace-query.ts";
import { toColumn } from "./column-text.ts";
import { costCondition } from "./sql-costs.ts";
import type { SqlLanguage } from "./sql-engine.ts";
import { factHash, hashOf } from "./sql-rows.ts";

/** A condition of a query. */
export type Condition = Expression<SqlBool>;

/**
 * By which of its two columns a task is looked for: its words or its id. Each column has an index, so each is asked by a
 * statement of its own. Undefined: by both in one statement.
 */
export type TaskColumn = "words" | "id" | undefined;

/** Whether the query begins at the table of tags, whose index is in the order of start. A task narrows more than a tag does. */
export const isByTag = (filter: TraceFilter, order: TraceOrder): boolean =>
  filter.tag !== undefined && filter.task === undefined && order.by === "startedAt";

/** Traces that have failed or hold a span that has. */
export const failedRows = sql<SqlBool>`(t.error_count > 0 or t.status in ('failed', 'cancelled'))`;

/** The traces that a query wants. */
interface Wanted {
  readonly filter: TraceFilter;
  readonly words: readonly string[];
  /** Those of the words that many traces hold, where a page is wanted. Default: none is known. */
  readonly common?: ReadonlySet<string>;
  readonly order: TraceOrder;
  readonly task: TaskColumn;
}

const none: ReadonlySet<string> = new Set();

/** The conditions on rows of `hone_traces`, which the query calls `t`; where a tag leads to them, its table is `g`. */
export function conditions(
  { filter, words, common = none, order, task }: Wanted,
  language: SqlLanguage,
): readonly Condition[] {
  const { agent, agentVersion, from, to, status, minReward, maxReward, tag } = filter;
  const { session, user, metadata = {}, minTokens, maxTokens, minLatency, maxLatency } = filter;
  const start = isByTag(filter, order) ? sql.ref("g.started_at") : sql.ref("t.started_at");
  // The planner uses an index over numbers only where they are the order: `+ 0` hides the column from it. Elsewhere it
  // would use that index instead of the index of the order.
  const number = (by: "reward" | "tokens" | "latency") =>
    order.by === by ? sql.ref(`t.${by}`) : sql`(t.${sql.ref(by)} + 0)`;
  const [reward, tokens, latency] = [number("reward"), number("tokens"), number("latency")];
  const list: readonly (Condition | undefined)[] = [
    agent === undefined ? undefined : sql`t.agent = ${toColumn(agent)}`,
    agentVersion === undefined ? undefined : sql`t.agent_version = ${toColumn(agentVersion)}`,
    session === undefined ? undefined : sql`t.session_id = ${toColumn(session)}`,
    user === undefined ? undefined : sql`t.user_id = ${toColumn(user)}`,
    status === undefined ? undefined : sql`t.status = ${status}`,
    from === undefined ? undefined : sql`${start} >= ${from}`,
    to === undefined ? undefined : sql`${start} < ${to}`,
    minReward === undefined ? undefined : sql`${reward} >= ${minReward}`,
    maxReward === undefined ? undefined : sql`${reward} <= ${maxReward}`,
    minTokens === undefined ? undefined : sql`${tokens} >= ${minTokens}`,
    maxTokens === undefined ? undefined : sql`${tokens} <= ${maxTokens}`,
    minLatency === undefined ? undefined : sql`${latency} >= ${minLatency}`,
    maxLatency === undefined ? undefined : sql`${latency} <= ${maxLatency}`,
    tag === undefined || isByTag(filter, order) ? undefined : hasTag(tag, order),
    taskCondition(filter.task, task),
    ...Object.entries(metadata).map(([name, value]) => hasFact(factHash(name, value))),
    ...words.map((word) => language.holdsWord(word, common.has(word))),
    costCondition(filter, language),
    filter.error === undefined ? undefined : failedRows,
  ];
  return list.filter((one) => one !== undefined);
}

/** The conditions of a filter on rows of `hone_traces` that a query calls `t`, without other tables. */
export const conditionsOnTraces = (
  filter: TraceFilter,
  words: readonly string[],
  language: SqlLanguage,
): readonly Condition[] =>
  // Only the order of start begins at the table of tags.
  conditions({ filter, words, order: byTokens, task: undefined }, language);

const byTokens = { by: "tokens", direction: "ascending" } as const satisfies TraceOrder;

/** In the order of start few traces are looked at, each with its tags; any other order begins with all traces of the tag. */
const hasTag = (tag: string, order: TraceOrder): Condition =>
  order.by === "startedAt"
    ? sql`exists (select 1 from hone_tags g where g.trace_no = t.no and g.tag = ${toColumn(tag)})`
    : sql`t.no in (select trace_no from hone_tags where tag = ${toColumn(tag)})`;

const hasFact = (fact: string): Condition =>
  sql`t.no in (select trace_no from hone_facts where fact = ${fact})`;

function taskCondition(task: string | undefined, by: TaskColumn): Condition | undefined {
  if (task === undefined) return undefined;
  const column = toColumn(task);
  if (by === "id") return sql`t.task_id = ${column}`;
  const words = sql<SqlBool>`(t.task_hash = ${hashOf(column)} and t.task = ${column})`;
  return by === "words" ? words : sql`(${words} or t.task_id = ${column})`;
}
