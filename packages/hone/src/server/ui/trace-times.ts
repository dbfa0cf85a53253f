/** Statistics of traces over time: the same counts for each stretch of the time in which they started. */
import type { TraceFilter } from "../../core/trace-query.ts";
import { stretchAt, type TraceOverview } from "../../core/trace-overview.ts";
import type { TraceStore } from "../../ports/trace-store.ts";

/** Stretches that a chart shows at most. */
const STRETCHES = 40;

/** Lengths of stretches that people read, in ms: seconds, minutes, hours, days, weeks. */
const [second, minute] = [1000, 60_000];
const lengths = [
  ...[1, 5, 15].map((seconds) => seconds * second),
  ...[1, 5, 15, 60, 240, 1440, 10_080, 43_200].map((minutes) => minutes * minute),
];

/** Statistics of one stretch, by group. */
export interface Stretch {
  /** Unix milliseconds. */
  readonly from: number;
  readonly groups: readonly TraceOverview[];
}

/** The stretches in which the traces of a filter started, from the first to the last. No traces, no stretches. */
export async function statisticsOverTime(
  store: TraceStore,
  filter: TraceFilter,
  by?: "agent" | "version",
): Promise<readonly Stretch[]> {
  const [first, last] = [
    await startOf(store, filter, "ascending"),
    await startOf(store, filter, "descending"),
  ];
  if (first === undefined || last === undefined) return [];
  const length = stretchLength(last - first);
  const rows = Map.groupBy(await store.overview(filter, { by, every: length }), (row) => row.from);
  const stretches: Stretch[] = [];
  for (let from = stretchAt(first, length); from <= last; from += length)
    stretches.push({ from, groups: rows.get(from) ?? [] });
  return stretches;
}

async function startOf(
  store: TraceStore,
  filter: TraceFilter,
  direction: "ascending" | "descending",
): Promise<number | undefined> {
  const { traces } = await store.query({
    ...filter,
    order: { by: "startedAt", direction },
    limit: 1,
  });
  return traces[0]?.startedAt;
}

/** The shortest length that people read of which there are few enough. */
const stretchLength = (span: number): number =>
  lengths.find((length) => span / length <= STRETCHES) ??
  Math.ceil(span / STRETCHES / lengths.at(-1)!) * lengths.at(-1)!;
