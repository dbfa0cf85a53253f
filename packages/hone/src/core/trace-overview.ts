/** Counts and quantiles of traces by group and stretch of time, without what is counted of their calls: what a page shows of very many. */
import type { OnProgress } from "./progress.ts";
import { type Spread, spreadOf } from "./spread.ts";
import type { TraceGrouping } from "./trace-grouping.ts";

/** Of one group of traces, in one stretch of time where stretches were asked for. */
export interface TraceOverview {
  /** The name, or the day ("2025-01-09"); "" where a trace has none, "all" without grouping. */
  readonly key: string;
  /** Where the stretch begins in which the traces started, Unix milliseconds. Absent where none were asked for. */
  readonly from?: number;
  readonly count: number;
  /** Start of the first and of the last trace, in Unix milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly spanCount: number;
  readonly reward?: Spread;
  /** Input and output tokens of a trace together. By model and member: of their calls in it. */
  readonly tokenSpread?: Spread;
  /** Dollars of a trace, over those whose cost is known; only with prices. By model and member: of their calls in it. */
  readonly cost?: Spread;
  /** Milliseconds from start to end, over the traces that have ended. By model and member: over its calls. */
  readonly latency?: Spread;
  /** Number of spans with an error. */
  readonly errorCount: number;
  /** Share of traces whose status is "failed", in [0, 1]. */
  readonly errorRate: number;
}

/** How traces are put together. */
export interface OverviewOptions {
  /** Default: all together. */
  readonly by?: TraceGrouping | undefined;
  /** Length of stretches of time in ms, from 1970 on; the groups of each are apart. Default: all times together. */
  readonly every?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** The values of traces that have a spread here. */
export interface OverviewValues {
  readonly reward: number[];
  readonly tokenSpread: number[];
  readonly cost: number[];
  readonly latency: number[];
}

/** What is summed up of a group of traces. */
export interface OverviewSums {
  count: number;
  firstAt: number;
  lastAt: number;
  spanCount: number;
  errorCount: number;
  failedCount: number;
  readonly values: OverviewValues;
}

/** The sums of no traces. */
export const noSums = (): OverviewSums => ({
  ...{ count: 0, firstAt: Infinity, lastAt: -Infinity },
  ...{ spanCount: 0, errorCount: 0, failedCount: 0 },
  values: { reward: [], tokenSpread: [], cost: [], latency: [] },
});

/** The overview of a group that has some traces. */
export function overviewOf(
  place: Pick<TraceOverview, "key" | "from">,
  sums: OverviewSums,
): TraceOverview {
  const { count, firstAt, lastAt, spanCount, errorCount, failedCount, values } = sums;
  return {
    ...place,
    ...{ count, firstAt, lastAt, spanCount },
    ...spreadsOf(values),
    ...{ errorCount, errorRate: failedCount / count },
  };
}

/** The spreads of values by their names, of those that there are. */
export const spreadsOf = <Name extends string>(
  values: Readonly<Record<Name, readonly number[]>>,
): { readonly [name in Name]?: Spread } =>
  Object.fromEntries(
    Object.entries<readonly number[]>(values)
      .filter(([, numbers]) => numbers.length > 0)
      .map(([name, numbers]) => [name, spreadOf(numbers)]),
  ) as { readonly [name in Name]?: Spread };

/** The stretch in which a time lies: where it begins. @example stretchAt(2500, 1000); // 2000 */
export const stretchAt = (time: number, every: number): number => Math.floor(time / every) * every;
