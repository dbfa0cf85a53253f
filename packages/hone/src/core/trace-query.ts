/** Filters, orders and pages of traces: how they are checked and what they mean, the same for every store. */
import { HoneError } from "./errors.ts";
import { isObject, type JsonValue } from "./json.ts";
import { isPriceTable, type ModelPrices } from "./model-prices.ts";
import { searchWords } from "./search-words.ts";
import { compareText } from "./text-order.ts";
import { traceStatuses, type TraceStatus } from "./trace.ts";
import { latencyOf, tokensOf, type TraceSummary } from "./trace-summary.ts";

/** Conditions on traces. A trace must meet all that are given; an absent condition is met by every trace. */
export interface TraceFilter {
  /** The name of the agent, exactly. */
  readonly agent?: string;
  /** The version of the agent, exactly. */
  readonly agentVersion?: string;
  /** The text of the task or its id, exactly. */
  readonly task?: string;
  /** The trace started at this time or later. Unix milliseconds. */
  readonly from?: number;
  /** The trace started before this time. Unix milliseconds. */
  readonly to?: number;
  /** Whether the trace still runs, and how it ended. */
  readonly status?: TraceStatus;
  /** The kind of an error that the trace or one of its spans has, exactly: the `key` of an `ErrorGroup`. */
  readonly error?: string;
  /** Smallest reward. A trace without a reward does not meet it. */
  readonly minReward?: number;
  /** Largest reward. A trace without a reward does not meet it. */
  readonly maxReward?: number;
  /** Smallest number of input and output tokens together. */
  readonly minTokens?: number;
  /** Largest number of input and output tokens together. */
  readonly maxTokens?: number;
  /** Shortest time from start to end, in ms. A trace without an end does not meet it. */
  readonly minLatency?: number;
  /** Longest time from start to end, in ms. A trace without an end does not meet it. */
  readonly maxLatency?: number;
  /** Smallest cost in dollars, by `prices`. A trace whose cost is not known does not meet it. */
  readonly minCost?: number;
  /** Largest cost in dollars, by `prices`. A trace whose cost is not known does not meet it. */
  readonly maxCost?: number;
  /** What models cost. It is no condition: with it, summaries and statistics say what traces cost (`costOfCalls`). */
  readonly prices?: ModelPrices;
  /** The session, exactly. */
  readonly session?: string;
  /** The user, exactly. */
  readonly user?: string;
  /** A tag that the trace has. */
  readonly tag?: string;
  /** Values of the metadata, each by its name; all must be there. Values that are no texts are compared by their JSON: 3 is "3". */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  /** Words that all stand in the task, the inputs, the outputs or the labels, in any order. Words are those of `searchWords`. */
  readonly text?: string;
}

export const traceOrderKeys = ["startedAt", "reward", "latency", "tokens"] as const;

/** An order of traces. Traces without the value (no reward, no end) come last in both directions; equal ones go by id. */
export interface TraceOrder {
  readonly by: (typeof traceOrderKeys)[number];
  readonly direction: "ascending" | "descending";
}

export interface TraceQuery extends TraceFilter {
  /** Default: by start, the newest first. */
  readonly order?: TraceOrder;
  /** Number of traces of a page, 1 to 1000. Default 50. */
  readonly limit?: number;
  /** The `next` of the page before. The filter and the order must be the same as for that page. */
  readonly cursor?: string;
}

export interface TracePage {
  readonly traces: readonly TraceSummary[];
  /** The cursor of the next page. Absent on the last page. */
  readonly next?: string;
}

/** The place after which a page starts: the last trace of the page before. */
export interface TracePosition {
  /** The value that the order compares. Undefined for a trace without it. */
  readonly value: number | undefined;
  readonly id: string;
}

/** A query that was checked, with its defaults filled in. */
export interface CheckedQuery {
  readonly filter: TraceFilter;
  /** The words of `filter.text`, each once; empty when there is no text condition. */
  readonly words: readonly string[];
  readonly order: TraceOrder;
  readonly limit: number;
  readonly after: TracePosition | undefined;
}

const newestFirst: TraceOrder = { by: "startedAt", direction: "descending" };

/** Checks a query and fills in its defaults. @throws TRACE_QUERY_INVALID naming the condition and its value */
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

/** Every condition, and the type that its value has. */
const conditionTypes: { readonly [Name in keyof Required<TraceFilter>]: string } = {
  agent: "string",
  agentVersion: "string",
  task: "string",
  from: "number",
  to: "number",
  status: "string",
  error: "string",
  minReward: "number",
  maxReward: "number",
  minTokens: "number",
  maxTokens: "number",
  minLatency: "number",
  maxLatency: "number",
  minCost: "number",
  maxCost: "number",
  prices: "object",
  session: "string",
  user: "string",
  tag: "string",
  metadata: "object",
  text: "string",
};

/** Whether the value of a condition is a number. */
export const isNumericCondition = (name: string): boolean =>
  conditionTypes[name as keyof TraceFilter] === "number";

/** Whether a filter leaves any trace out: prices alone do not. */
export const hasConditions = ({ prices: _, ...conditions }: TraceFilter): boolean =>
  Object.values(conditions).some((value) => value !== undefined);

/** The words of the text condition. @throws TRACE_QUERY_INVALID, also for conditions that there are not */
export function checkFilter(filter: TraceFilter): string[] {
  const { status, prices, minCost, maxCost, text } = filter;
  for (const [name, value] of Object.entries(filter)) {
    const type = conditionTypes[name as keyof TraceFilter] as string | undefined;
    if (type === undefined)
      refuse(name, value, `left out: a query has ${Object.keys(conditionTypes).join(", ")}`);
    if (value !== undefined && (typeof value !== type || value === null))
      refuse(name, value, type === "object" ? "an object of names and values" : `a ${type}`);
  }
  for (const [name, value] of Object.entries(filter))
    if (Number.isNaN(value)) refuse(name, value, "a number");
  if (prices !== undefined && !isPriceTable(prices))
    refuse("prices", "a table", "models with their input and output in dollars per million tokens");
  const cost = minCost ?? maxCost;
  if (cost !== undefined && prices === undefined)
    refuse(minCost === undefined ? "maxCost" : "minCost", cost, "given together with prices");
  if (status !== undefined && !traceStatuses.includes(status))
    refuse("status", status, `one of ${traceStatuses.join(", ")}`);
  if (text === undefined) return [];
  const words = [...new Set(searchWords(text))];
  if (words.length === 0) refuse("text", text, "at least one word of letters or digits");
  return words;
}

/** Refuses lengths of stretches of time that are none. @throws TRACE_QUERY_INVALID */
export function checkEvery(every: number | undefined): void {
  if (every === undefined || (Number.isFinite(every) && every > 0)) return;
  refuse("every", every, "a number of milliseconds above 0");
}

function refuse(condition: string, got: unknown, expected: string): never {
  const shown = typeof got === "string" ? JSON.stringify(got) : String(got);
  throw new HoneError("TRACE_QUERY_INVALID", { condition, got: shown, expected });
}

/** Whether a value lies between two bounds, which are in the range; one that is not there lies nowhere. */
const isWithin = (value: number | undefined, low?: number, high?: number): boolean =>
  (low === undefined || (value !== undefined && value >= low)) &&
  (high === undefined || (value !== undefined && value <= high));

/** Whether a cost meets the conditions on it. */
export const meetsCost = (
  cost: number | undefined,
  { minCost, maxCost }: Pick<TraceFilter, "minCost" | "maxCost">,
): boolean => isWithin(cost, minCost, maxCost);

/** Whether a trace may have errors, of its own or of its spans. */
const mayHaveErrors = ({ errorCount, status }: TraceSummary): boolean =>
  errorCount > 0 || status === "failed" || status === "cancelled";

/**
 * Whether a trace meets every condition except `metadata`, `text` and those on its cost, which need more than its summary. Of
 * `error` it tells only that the trace has none.
 */
export function meetsFilter(trace: TraceSummary, filter: TraceFilter): boolean {
  const { agent, agentVersion, task, from, to, status, error, minReward, maxReward } = filter;
  const { session, user, tag, minTokens, maxTokens, minLatency, maxLatency } = filter;
  return (
    (session === undefined || trace.session === session) &&
    (user === undefined || trace.user === user) &&
    (agent === undefined || trace.agent === agent) &&
    (agentVersion === undefined || trace.agentVersion === agentVersion) &&
    (task === undefined || trace.task === task || trace.taskId === task) &&
    (from === undefined || trace.startedAt >= from) &&
    (to === undefined || trace.startedAt < to) &&
    (status === undefined || trace.status === status) &&
    (error === undefined || mayHaveErrors(trace)) &&
    isWithin(trace.reward, minReward, maxReward) &&
    isWithin(tokensOf(trace), minTokens, maxTokens) &&
    isWithin(latencyOf(trace), minLatency, maxLatency) &&
    (tag === undefined || trace.tags.includes(tag))
  );
}

/** The value that an order compares. Undefined for a trace without it. */
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

/** The cursor of the page that begins after this trace. */
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
