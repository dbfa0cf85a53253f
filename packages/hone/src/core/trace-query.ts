/** What can be asked of a trace store, checked and given meaning once for every store. */
import { HoneError } from "./errors.ts";
import { isObject } from "./json.ts";
import { searchWords } from "./search-words.ts";
import { compareText } from "./text-order.ts";
import { traceStatuses, type TraceStatus } from "./trace.ts";
import { latencyOf, tokensOf, type TraceSummary } from "./trace-summary.ts";

/** Conditions that all hold at once; a condition that is absent lets every trace through. */
export interface TraceFilter {
  readonly agent?: string;
  readonly agentVersion?: string;
  /** The task's words or its id, exactly. */
  readonly task?: string;
  /** Started at this time or later; Unix milliseconds. */
  readonly from?: number;
  /** Started before this time; Unix milliseconds. */
  readonly to?: number;
  readonly status?: TraceStatus;
  /** Bounds of the reward, both included; a trace without a reward is out of every range. */
  readonly minReward?: number;
  readonly maxReward?: number;
  readonly tag?: string;
  /** Every word of it stands somewhere in the task, the inputs or the outputs; words as `searchWords` finds them. */
  readonly text?: string;
}

export const traceOrderKeys = ["startedAt", "reward", "latency", "tokens"] as const;

/** Traces that lack the value (no reward, no end) come last in both directions; ties go by id, ascending. */
export interface TraceOrder {
  readonly by: (typeof traceOrderKeys)[number];
  readonly direction: "ascending" | "descending";
}

export interface TraceQuery extends TraceFilter {
  /** Default: newest first. */
  readonly order?: TraceOrder;
  /** Traces of one page, 1 to 1000. Default 50. */
  readonly limit?: number;
  /** `next` of the page before; the other conditions must be the same. */
  readonly cursor?: string;
}

export interface TracePage {
  readonly traces: readonly TraceSummary[];
  /** Hands out the next page; absent on the last one. */
  readonly next?: string;
}

/** The place after which a page starts: the last trace of the page before. */
export interface TracePosition {
  /** The value it is ordered by; undefined where it has none. */
  readonly value: number | undefined;
  readonly id: string;
}

/** A query checked, with its defaults filled in. */
export interface CheckedQuery {
  readonly filter: TraceFilter;
  /** The words of `filter.text`, each once; empty when there is no text condition. */
  readonly words: readonly string[];
  readonly order: TraceOrder;
  readonly limit: number;
  readonly after: TracePosition | undefined;
}

const newestFirst: TraceOrder = { by: "startedAt", direction: "descending" };

/** @throws TRACE_QUERY_INVALID naming the condition and what it got */
export function checkQuery(query: TraceQuery): CheckedQuery {
  const { order = newestFirst, limit = 50, cursor, ...filter } = query;
  const words = checkFilter(filter);
  if (!traceOrderKeys.includes(order.by))
    refuse("order.by", order.by, `one of ${traceOrderKeys.join(", ")}`);
  if (order.direction !== "ascending" && order.direction !== "descending")
    refuse("order.direction", order.direction, "ascending or descending");
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    refuse("limit", limit, "a whole number from 1 to 1000");
  const after = cursor === undefined ? undefined : readCursor(cursor, order);
  return { filter, words, order, limit, after };
}

/** The words of the text condition. @throws TRACE_QUERY_INVALID */
export function checkFilter(filter: TraceFilter): string[] {
  const { from, to, status, minReward, maxReward, text } = filter;
  for (const [name, value] of Object.entries({ from, to, minReward, maxReward })) {
    if (value !== undefined && Number.isNaN(value)) refuse(name, value, "a number");
  }
  if (status !== undefined && !traceStatuses.includes(status))
    refuse("status", status, `one of ${traceStatuses.join(", ")}`);
  if (text === undefined) return [];
  const words = [...new Set(searchWords(text))];
  if (words.length === 0) refuse("text", text, "at least one word of letters or digits");
  return words;
}

function refuse(condition: string, got: unknown, expected: string): never {
  const shown = typeof got === "string" ? JSON.stringify(got) : String(got);
  throw new HoneError("TRACE_QUERY_INVALID", { condition, got: shown, expected });
}

/** Whether a trace meets every condition but the text, which needs the store's index. */
export function meetsFilter(trace: TraceSummary, filter: TraceFilter): boolean {
  const { agent, agentVersion, task, from, to, status, minReward, maxReward, tag } = filter;
  return (
    (agent === undefined || trace.agent === agent) &&
    (agentVersion === undefined || trace.agentVersion === agentVersion) &&
    (task === undefined || trace.task === task || trace.taskId === task) &&
    (from === undefined || trace.startedAt >= from) &&
    (to === undefined || trace.startedAt < to) &&
    (status === undefined || trace.status === status) &&
    (minReward === undefined || (trace.reward !== undefined && trace.reward >= minReward)) &&
    (maxReward === undefined || (trace.reward !== undefined && trace.reward <= maxReward)) &&
    (tag === undefined || trace.tags.includes(tag))
  );
}

/** The value a trace is ordered by; undefined where it has none. */
function orderValue(trace: TraceSummary, by: TraceOrder["by"]): number | undefined {
  switch (by) {
    case "startedAt":
      return trace.startedAt;
    case "reward":
      return trace.reward;
    case "latency":
      return latencyOf(trace);
    case "tokens":
      return tokensOf(trace);
  }
}

/** Compares two places in an order, for sorting. */
export function comparePositions(a: TracePosition, b: TracePosition, order: TraceOrder): number {
  if (a.value === undefined || b.value === undefined) {
    if (a.value !== b.value) return a.value === undefined ? 1 : -1;
  } else if (a.value !== b.value) {
    const ascending = a.value < b.value ? -1 : 1;
    return order.direction === "ascending" ? ascending : -ascending;
  }
  return compareText(a.id, b.id);
}

export const positionOf = (trace: TraceSummary, order: TraceOrder): TracePosition => ({
  value: orderValue(trace, order.by),
  id: trace.id,
});

/** The cursor of the page after this trace. Opaque to users. */
export function writeCursor(last: TraceSummary, order: TraceOrder): string {
  const { value, id } = positionOf(last, order);
  const fields = [order.by, order.direction, value ?? null, id];
  return Buffer.from(JSON.stringify(fields)).toString("base64url");
}

function readCursor(cursor: string, order: TraceOrder): TracePosition {
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    refuse("cursor", cursor, "the `next` of an earlier page");
  }
  const [by, direction, value, id] = Array.isArray(fields) ? (fields as unknown[]) : [];
  const isPlace = (value === null || typeof value === "number") && typeof id === "string";
  if (!isPlace || isObject(fields)) refuse("cursor", cursor, "the `next` of an earlier page");
  if (by !== order.by || direction !== order.direction)
    refuse("cursor", cursor, `a cursor of the order ${order.by} ${order.direction}`);
  return { value: value === null ? undefined : (value as number), id: id as string };
}
