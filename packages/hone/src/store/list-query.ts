/** Queries over a list of summaries, for stores that hold all summaries in memory. */
import {
  checkFilter,
  type CheckedQuery,
  comparePositions,
  meetsFilter,
  positionOf,
  type TraceFilter,
  type TraceOrder,
  type TracePage,
  writeCursor,
} from "../core/trace-query.ts";
import { compareText } from "../core/text-order.ts";
import type { TraceSummary } from "../core/trace-summary.ts";

/** Whether the trace holds all the words. It is called only for traces that meet every other condition. */
export type TextTest = (trace: TraceSummary, words: readonly string[]) => Promise<boolean>;

/** One page of the query's answer. */
export async function pageOf(
  summaries: Iterable<TraceSummary>,
  query: CheckedQuery,
  holdsWords: TextTest,
): Promise<TracePage> {
  const { filter, words, order, limit, after } = query;
  const isAfter = (trace: TraceSummary): boolean =>
    after === undefined || comparePositions(positionOf(trace, order), after, order) > 0;
  const found: TraceSummary[] = [];
  const traces = matching(summaries, filter, order, isAfter);
  for await (const trace of withWords(traces, words, holdsWords)) {
    // A trace beyond the limit shows that there is a next page.
    if (found.length === limit) return { traces: found, next: writeCursor(found.at(-1)!, order) };
    found.push(trace);
  }
  return { traces: found };
}

const oldestFirst: TraceOrder = { by: "startedAt", direction: "ascending" };

/** All traces of the filter in the order of start, then id. @throws TRACE_QUERY_INVALID */
export async function* listOf(
  summaries: Iterable<TraceSummary>,
  filter: TraceFilter,
  holdsWords: TextTest,
): AsyncGenerator<TraceSummary, void> {
  const words = checkFilter(filter);
  const traces = matching(summaries, filter, oldestFirst, () => true);
  yield* withWords(traces, words, holdsWords);
}

/** Number of traces that are searched for words at the same time. */
const ahead = 16;

/** The traces that hold all the words, in the order in which they were given. */
async function* withWords(
  traces: readonly TraceSummary[],
  words: readonly string[],
  holdsWords: TextTest,
): AsyncGenerator<TraceSummary, void> {
  if (words.length === 0) return yield* traces;
  for (let i = 0; i < traces.length; i += ahead) {
    const some = traces.slice(i, i + ahead);
    const found = await Promise.all(some.map((trace) => holdsWords(trace, words)));
    yield* some.filter((_, k) => found[k]);
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
