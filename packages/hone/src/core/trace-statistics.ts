/** Counts and quantiles over traces, by agent, version, model, day, session, user or tag. */
import type { CallFacts } from "./call-facts.ts";
import { compareText } from "./text-order.ts";
import { dayOf } from "./time-text.ts";
import { latencyOf, type TraceSummary } from "./trace-summary.ts";

export const traceGroupings = [
  "agent",
  "version",
  "model",
  "day",
  "session",
  "user",
  "tag",
] as const;

/**
 * What traces are grouped by: the agent or its version, the models that were called, the UTC day of the start, the session,
 * the user, or the tags. A trace of several models or tags is in the group of each.
 */
export type TraceGrouping = (typeof traceGroupings)[number];

/** A spread of numbers; quantiles by linear interpolation (type 7 of Hyndman and Fan 1996; PERCENTILE_CONT of SQL). */
export interface Spread {
  /** How many have the value. */
  readonly count: number;
  readonly mean: number;
  readonly minimum: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly maximum: number;
}

export interface TraceStatistics {
  /** The name, or the day ("2025-01-09"); "" where a trace has none, "all" without grouping. */
  readonly key: string;
  readonly count: number;
  readonly spanCount: number;
  readonly reward?: Spread;
  /** Milliseconds from start to end, over the traces that have ended. By model: over its calls. */
  readonly latency?: Spread;
  /** Milliseconds to the first piece of an answer, over the calls of models whose answers came in pieces. */
  readonly firstToken?: Spread;
  /** Calls of models, and how many of them failed. */
  readonly calls: { readonly count: number; readonly failed: number };
  readonly tokens: { readonly input: number; readonly output: number };
  /** Number of spans with an error. */
  readonly errorCount: number;
  /** Share of traces whose status is "failed", in [0, 1]. */
  readonly errorRate: number;
}

/** A trace as statistics need it. */
export interface CountedTrace {
  readonly summary: TraceSummary;
  readonly calls: readonly CallFacts[];
}

/** The groups that a trace belongs to. */
function groupKeys({ summary, calls }: CountedTrace, by: TraceGrouping | undefined): string[] {
  switch (by) {
    case undefined:
      return ["all"];
    case "agent":
      return [summary.agent];
    case "version":
      return [summary.agentVersion ?? ""];
    case "day":
      return [dayOf(summary.startedAt)];
    case "session":
      return [summary.session ?? ""];
    case "user":
      return [summary.user ?? ""];
    case "tag":
      return summary.tags.length === 0 ? [""] : [...new Set(summary.tags)];
    case "model":
      return [...new Set(calls.map(({ model }) => model))];
  }
}

/** Statistics of each group, in the order of their keys; no traces give no groups. */
export function groupStatistics(
  traces: Iterable<CountedTrace>,
  by?: TraceGrouping,
): TraceStatistics[] {
  const groups = new Map<string, CountedTrace[]>();
  for (const trace of traces) {
    for (const key of groupKeys(trace, by)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [trace]);
      else group.push(trace);
    }
  }
  return [...groups]
    .map(([key, group]) => statisticsOf(key, group, by === "model"))
    .toSorted((a, b) => compareText(a.key, b.key));
}

function statisticsOf(
  key: string,
  traces: readonly CountedTrace[],
  isOfModel: boolean,
): TraceStatistics {
  const sum = (value: (summary: TraceSummary) => number): number =>
    traces.reduce((total, { summary }) => total + value(summary), 0);
  const calls = traces
    .flatMap((trace) => trace.calls)
    .filter(({ model }) => !isOfModel || model === key);
  const failed = calls.filter(({ isFailed }) => isFailed).length;
  const latencies = isOfModel
    ? calls.flatMap((call) => call.latency ?? [])
    : traces.flatMap(({ summary }) => latencyOf(summary) ?? []);
  const spreads = {
    reward: spreadOf(traces.flatMap(({ summary }) => summary.reward ?? [])),
    latency: spreadOf(latencies),
    firstToken: spreadOf(calls.flatMap((call) => call.firstToken ?? [])),
  };
  const known = Object.entries(spreads).filter(([, spread]) => spread !== undefined);
  return {
    key,
    count: traces.length,
    spanCount: isOfModel ? calls.length : sum((trace) => trace.spanCount),
    ...(Object.fromEntries(known) as { readonly [Name in keyof typeof spreads]?: Spread }),
    calls: { count: calls.length, failed },
    tokens: {
      input: calls.reduce((total, call) => total + call.input, 0),
      output: calls.reduce((total, call) => total + call.output, 0),
    },
    errorCount: isOfModel ? failed : sum((trace) => trace.errorCount),
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
    p90: quantile(sorted, 0.9),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    maximum: sorted.at(-1)!,
  };
}

function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)]!;
  const high = sorted[Math.ceil(place)]!;
  return low + (high - low) * (place - Math.floor(place));
}
