/** What the commands that show traces read, from a store by its address. */
import { type ErrorGroup, errorGroups } from "../../core/error-groups.ts";
import type { OnProgress } from "../../core/progress.ts";
import type { RewardSource } from "../../core/rollout.ts";
import type { Trace } from "../../core/trace.ts";
import type { TraceFilter, TracePage, TraceQuery } from "../../core/trace-query.ts";
import type { TraceGrouping } from "../../core/trace-grouping.ts";
import type { TraceStatistics } from "../../core/trace-statistics.ts";
import { writeTrace } from "../../formats/trace-format.ts";
import { newestTrace, readTraceOf } from "../../store/operations/find-trace.ts";
import { followTraces, type TraceChange } from "../../store/operations/follow-traces.ts";
import { quietSince } from "../../store/operations/quiet-traces.ts";
import { rewardSources } from "../../store/operations/reward-sources.ts";
import { type FoundPage, searchTraces } from "../../store/operations/search-traces.ts";
import { type StoreAt, withStore } from "./with-store.ts";

export type { TraceChange } from "../../store/operations/follow-traces.ts";
export type { TextMatch } from "../../store/operations/search-traces.ts";

/** The running traces of a page that have been silent for a minute: trace id → last sign, in Unix milliseconds. */
interface WithQuiet {
  readonly quiet: ReadonlyMap<string, number>;
}

interface WithSources {
  /** Whose rewards the traces count for: trace id → source. */
  readonly sources: ReadonlyMap<string, RewardSource>;
}

/** One page of the traces of a query. @throws as `withStore`; TRACE_QUERY_INVALID */
export const listPage = (
  at: StoreAt,
  query: TraceQuery,
): Promise<TracePage & WithQuiet & WithSources> =>
  withStore(at, async (store) => {
    if (query.text !== undefined) await store.settle();
    const page = await store.query(query);
    return {
      ...page,
      quiet: await quietSince(store, page.traces),
      sources: await rewardSources(store, page.traces),
    };
  });

/** One page of the traces that hold all the words, with the place of the words. @throws as `listPage` */
export const searchPage = (
  at: StoreAt,
  query: TraceQuery & { readonly text: string },
): Promise<FoundPage & WithQuiet> =>
  withStore(at, async (store) => {
    const page = await searchTraces(store, query, at.onProblem);
    const traces = page.found.map(({ trace }) => trace);
    return { ...page, quiet: await quietSince(store, traces) };
  });

/** Counts and quantiles of the traces of a filter, by group. @throws as `listPage` */
export const readStatistics = (
  at: StoreAt,
  filter: TraceFilter,
  options: { readonly by?: TraceGrouping | undefined; readonly onProgress?: OnProgress } = {},
): Promise<readonly TraceStatistics[]> =>
  withStore(at, (store) => store.aggregate(filter, options.by, options));

/** What went wrong in the traces of a filter, in groups. @throws as `listPage` */
export const readErrorGroups = (at: StoreAt, filter: TraceFilter): Promise<readonly ErrorGroup[]> =>
  withStore(at, (store) => errorGroups(store.failures(filter)));

/** One trace by the beginning of its id. @throws as `withStore`; TRACE_NOT_FOUND, TRACE_AMBIGUOUS */
export const readTrace = (at: StoreAt, beginning: string): Promise<Trace> =>
  withStore(at, (store) => readTraceOf(store, beginning));

/** The trace of a filter that started last; undefined where there is none. @throws as `withStore` */
export const readNewest = (at: StoreAt, filter: TraceFilter): Promise<Trace | undefined> =>
  withStore(at, (store) => newestTrace(store, filter));

/** The trace as docs/formats describes it. */
export const traceToJson = (trace: Trace): object => writeTrace(trace);

/** Which traces are followed, and what is called. */
export interface TailOptions {
  readonly filter: TraceFilter;
  /** Traces that began since this time are reported at once. Unix milliseconds. */
  readonly since: number;
  /** Aborts to end the tail. */
  readonly signal: AbortSignal;
  /** Called once, when the store is open. */
  readonly onOpen: () => void;
  readonly onChange: (change: TraceChange) => void;
}

/** Follows what is written into a store until the signal. @throws as `withStore` */
export const tailTraces = (
  at: StoreAt,
  { onOpen, onChange, ...options }: TailOptions,
): Promise<void> =>
  withStore(at, async (store) => {
    onOpen();
    const { onProblem: onUnreadable = () => undefined } = at;
    for await (const changes of followTraces(store, { ...options, onUnreadable }))
      for (const change of changes) onChange(change);
  });
