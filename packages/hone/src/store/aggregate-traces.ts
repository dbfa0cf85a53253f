/** Statistics over whole traces, for stores that keep no facts of calls beside them. */
import { callFacts } from "../core/call-facts.ts";
import type { Trace } from "../core/trace.ts";
import {
  type CountedTrace,
  groupStatistics,
  type TraceGrouping,
  type TraceStatistics,
} from "../core/trace-statistics.ts";
import { summaryOf } from "../core/trace-summary.ts";

/** Statistics of each group. Of each trace only its summary and the numbers of its calls stay in memory. */
export async function aggregateTraces(
  traces: AsyncIterable<Trace>,
  by?: TraceGrouping,
): Promise<TraceStatistics[]> {
  const counted: CountedTrace[] = [];
  for await (const trace of traces) counted.push(countedTrace(trace));
  return groupStatistics(counted, by);
}

/** The trace as statistics need it, without its task, which would take most of the memory. */
function countedTrace(trace: Trace): CountedTrace {
  const summary = summaryOf(trace);
  return {
    summary: { ...summary, task: "" },
    calls: trace.spans.flatMap((span) => callFacts(span) ?? []),
  };
}
