/** Counts and quantiles over traces, by agent, day or version. */
import { compareText } from "./text-order.ts";
import { dayOf } from "./time-text.ts";
import { latencyOf, type TraceSummary } from "./trace-summary.ts";

export const traceGroupings = ["agent", "day", "version"] as const;

/** What traces are grouped by: the agent, the UTC day of the start, or the version of the agent. */
export type TraceGrouping = (typeof traceGroupings)[number];

/** A spread of numbers; quantiles by linear interpolation (type 7 of Hyndman and Fan 1996; PERCENTILE_CONT of SQL). */
export interface Spread {
  /** Number of traces that have the value. */
  readonly count: number;
  readonly mean: number;
  readonly minimum: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly p95: number;
  readonly maximum: number;
}

export interface TraceStatistics {
  /** The agent, the day ("2025-01-09") or the version; "" where the trace has no version, "all" without grouping. */
  readonly key: string;
  readonly count: number;
  readonly spanCount: number;
  readonly reward?: Spread;
  /** Milliseconds from start to end, over the traces that have ended. */
  readonly latency?: Spread;
  readonly tokens: { readonly input: number; readonly output: number };
  /** Share of traces whose status is "failed", in [0, 1]. */
  readonly errorRate: number;
}

/** The group a trace belongs to. */
function groupKey(trace: TraceSummary, by: TraceGrouping | undefined): string {
  if (by === undefined) return "all";
  if (by === "agent") return trace.agent;
  return by === "day" ? dayOf(trace.startedAt) : (trace.agentVersion ?? "");
}

/** Statistics of each group, in the order of their keys; no traces give no groups. */
export function groupStatistics(
  traces: Iterable<TraceSummary>,
  by?: TraceGrouping,
): TraceStatistics[] {
  const groups = new Map<string, TraceSummary[]>();
  for (const trace of traces) {
    const key = groupKey(trace, by);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [trace]);
    else group.push(trace);
  }
  return [...groups]
    .map(([key, group]) => statisticsOf(key, group))
    .toSorted((a, b) => compareText(a.key, b.key));
}

function statisticsOf(key: string, traces: readonly TraceSummary[]): TraceStatistics {
  const sum = (value: (trace: TraceSummary) => number): number =>
    traces.reduce((total, trace) => total + value(trace), 0);
  const reward = spreadOf(traces.flatMap((trace) => trace.reward ?? []));
  const latency = spreadOf(traces.flatMap((trace) => latencyOf(trace) ?? []));
  return {
    key,
    count: traces.length,
    spanCount: sum((trace) => trace.spanCount),
    ...(reward === undefined ? {} : { reward }),
    ...(latency === undefined ? {} : { latency }),
    tokens: { input: sum((t) => t.tokens.input), output: sum((t) => t.tokens.output) },
    errorRate: sum((trace) => (trace.status === "failed" ? 1 : 0)) / traces.length,
  };
}

/** The spread of some numbers. Undefined for an empty list. @example spreadOf([1, 2, 3, 4])!.p25; // 1.75 */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    mean: sorted.reduce((a, b) => a + b, 0) / sorted.length,
    minimum: sorted[0]!,
    p25: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    p75: quantile(sorted, 0.75),
    p95: quantile(sorted, 0.95),
    maximum: sorted.at(-1)!,
  };
}

function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)]!;
  const high = sorted[Math.ceil(place)]!;
  return low + (high - low) * (place - Math.floor(place));
}
