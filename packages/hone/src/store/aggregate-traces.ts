/** Statistics over whole traces, for stores that keep no facts of calls beside them. */
import { callFacts } from "../core/call-facts.ts";
import type { Trace } from "../core/trace.ts";
import type { ModelPrices } from "../core/model-prices.ts";
import type { OnProgress } from "../core/progress.ts";
import type { OverviewOptions, TraceOverview } from "../core/trace-overview.ts";
import type { TraceGrouping } from "../core/trace-grouping.ts";
import {
  type CountedTrace,
  OverviewCounter,
  TraceCounter,
  type TraceStatistics,
} from "../core/trace-statistics.ts";
import { summaryOf } from "../core/trace-summary.ts";

/** How traces are counted. */
interface AggregateOptions {
  readonly by?: TraceGrouping | undefined;
  readonly prices?: ModelPrices | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Statistics of each group. Of each trace only a few numbers stay in memory. */
export async function aggregateTraces(
  traces: AsyncIterable<Trace>,
  { by, prices, onProgress }: AggregateOptions = {},
): Promise<TraceStatistics[]> {
  const counter = new TraceCounter(by, prices);
  const report = countingMeter(onProgress);
  for await (const trace of traces) {
    counter.add(countedTrace(trace));
    report(1);
  }
  return counter.statistics();
}

/** The overview of each group and stretch. */
export async function overviewTraces(
  traces: AsyncIterable<Trace>,
  options: OverviewOptions,
  prices: ModelPrices | undefined,
): Promise<TraceOverview[]> {
  const counter = new OverviewCounter(options, prices);
  const report = countingMeter(options.onProgress);
  for await (const trace of traces) {
    counter.add(countedTrace(trace));
    report(1);
  }
  return counter.overviews();
}

const countedTrace = (trace: Trace): CountedTrace => ({
  summary: summaryOf(trace),
  calls: trace.spans.flatMap((span) => callFacts(span) ?? []),
});

/** Reports how many traces are counted, after every few hundred. Their whole number is known only at the end. */
export function countingMeter(onProgress: OnProgress | undefined): (more: number) => void {
  let count = 0;
  let reported = 0;
  return (more) => {
    count += more;
    if (count - reported < REPORTED_EVERY) return;
    reported = count;
    onProgress?.({ what: `counted ${count} traces` });
  };
}

const REPORTED_EVERY = 500;
