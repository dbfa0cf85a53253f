/** Queries over a list of summaries, for stores that hold all summaries in memory. */
import {
  checkFilter,
  type CheckedQuery,
  comparePositions,
  meetsCost,
  meetsFilter,
  positionOf,
  type TraceFilter,
  type TraceOrder,
  type TracePage,
  writeCursor,
} from "../core/trace-query.ts";
import { callFacts } from "../core/call-facts.ts";
import { errorKey } from "../core/error-groups.ts";
import { failuresOf } from "../core/failure.ts";
import { costOfCalls, pricesByModel } from "../core/model-prices.ts";
import { compareText } from "../core/text-order.ts";
import { hasMetadata } from "../core/trace-labels.ts";
import type { Trace } from "../core/trace.ts";
import { hasWords } from "../core/trace-words.ts";
import type { TraceSummary } from "../core/trace-summary.ts";

/** Conditions that need more of a trace than its summary. */
export interface ContentConditions {
  /** The trace holds all these words. */
  readonly words: readonly string[];
  /** Its metadata has all these values. */
  readonly metadata: NonNullable<TraceFilter["metadata"]>;
  /** It or one of its spans has an error of this kind. */
  readonly error?: TraceFilter["error"];
}

/** How the contents of a store's traces are looked at, for what their summaries do not tell. */
export interface ContentReader {
  /** Whether the trace meets the conditions. It is called only for traces that meet every other condition. */
  readonly meets: (trace: TraceSummary, wanted: ContentConditions) => Promise<boolean>;
  /** The whole trace; undefined where it is gone or cannot be read. */
  readonly read: (id: string) => Promise<Trace | undefined>;
}

/** Whether a whole trace meets the conditions. */
export const meetsConditions = (
  trace: Trace,
  { words, metadata, error }: ContentConditions,
): boolean =>
  hasMetadata(trace.metadata, metadata) && hasError(trace, error) && hasWords(trace, words);

const hasError = (trace: Trace, key: string | undefined): boolean =>
  key === undefined || [...failuresOf(trace)].some(({ error }) => errorKey(error) === key);

/** One page of the query's answer. */
export async function pageOf(
  summaries: Iterable<TraceSummary>,
  query: CheckedQuery,
  reader: ContentReader,
): Promise<TracePage> {
  const { filter, words, order, limit, after } = query;
  const isAfter = (trace: TraceSummary): boolean =>
    after === undefined || comparePositions(positionOf(trace, order), after, order) > 0;
  const found: TraceSummary[] = [];
  const traces = matching(summaries, filter, order, isAfter);
  for await (const trace of meeting(traces, { filter, words }, reader)) {
    // A trace beyond the limit shows that there is a next page.
    if (found.length === limit) return { traces: found, next: writeCursor(found.at(-1)!, order) };
    found.push(trace);
  }
  return { traces: found };
}

/** The order of streams. */
export const oldestFirst: TraceOrder = { by: "startedAt", direction: "ascending" };

/** All traces of the filter in the order of start, then id. @throws TRACE_QUERY_INVALID */
export async function* listOf(
  summaries: Iterable<TraceSummary>,
  filter: TraceFilter,
  reader: ContentReader,
): AsyncGenerator<TraceSummary, void> {
  const words = checkFilter(filter);
  const traces = matching(summaries, filter, oldestFirst, () => true);
  yield* meeting(traces, { filter, words }, reader);
}

/** Number of traces that are read for these conditions at the same time. */
const ahead = 16;

/** The traces that meet the conditions, in the order in which they were given; with prices, each with its cost. */
async function* meeting(
  traces: readonly TraceSummary[],
  { filter, words }: Pick<CheckedQuery, "filter" | "words">,
  { meets, read }: ContentReader,
): AsyncGenerator<TraceSummary, void> {
  const wanted = { words, metadata: filter.metadata ?? {}, error: filter.error };
  const hasContents =
    words.length > 0 || Object.keys(wanted.metadata).length > 0 || wanted.error !== undefined;
  const { prices } = filter;
  if (!hasContents && prices === undefined) return yield* traces;
  const costs = prices && pricesByModel(prices);
  const looked = async (trace: TraceSummary): Promise<TraceSummary | undefined> => {
    if (hasContents && !(await meets(trace, wanted))) return undefined;
    if (costs === undefined) return trace;
    const calls = (await read(trace.id))?.spans.flatMap((span) => callFacts(span) ?? []) ?? [];
    const cost = costOfCalls(calls, costs);
    if (!meetsCost(cost, filter)) return undefined;
    return cost === undefined ? trace : { ...trace, cost };
  };
  for (let i = 0; i < traces.length; i += ahead) {
    const found = await Promise.all(traces.slice(i, i + ahead).map(looked));
    yield* found.filter((trace) => trace !== undefined);
  }
}

function matching(
  summaries: Iterable<TraceSummary>,
  filter: TraceFilter,
  order: TraceOrder,
  isWanted: (trace: TraceSummary) => boolean,
): TraceSummary[] {
  const places = [...summaries]
    .filter((trace) => meetsFilter(trace, filter) && isWanted(trace))
    .map((trace) => ({ trace, position: positionOf(trace, order) }));
  places.sort((a, b) => comparePositions(a.position, b.position, order));
  return places.map(({ trace }) => trace);
}

/** The ids that begin with these characters, the smallest first. */
export const idsFrom = (ids: Iterable<string>, beginning: string, limit: number): string[] =>
  [...ids]
    .filter((id) => id.startsWith(beginning))
    .toSorted(compareText)
    .slice(0, limit);
