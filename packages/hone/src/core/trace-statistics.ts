/** Counts and quantiles over traces, by agent, version, member, model, day, session, user or tag. */
import type { CallFacts } from "./call-facts.ts";
import { costOfCalls, type ModelPrice, type ModelPrices, pricesByModel } from "./model-prices.ts";
import { compareText } from "./text-order.ts";
import { dayOf } from "./time-text.ts";
import { latencyOf, tokensOf, type TraceSummary } from "./trace-summary.ts";

export const traceGroupings = [
  "agent",
  "version",
  "member",
  "model",
  "day",
  "session",
  "user",
  "tag",
] as const;

/**
 * What traces are grouped by: the agent or its version, the members of a team that called models, the models that were called,
 * the UTC day of the start, the session, the user, or the tags. A trace of several members, models or tags is in the group of
 * each; of a member or a model only its own calls count there.
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

/** The values of a trace that have a spread. */
type SpreadName = "reward" | "tokenSpread" | "cost" | "latency" | "firstToken";

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
    case "member":
      return [...new Set(calls.map((call) => callKey(call, summary, by)))];
  }
}

/** The group of a call, where traces are grouped by what is called or by who calls. */
const callKey = (call: CallFacts, { agent }: TraceSummary, by: "model" | "member"): string =>
  by === "model" ? call.model : (call.agent ?? agent);

/** Statistics of each group, in the order of their keys; no traces give no groups. */
export function groupStatistics(
  traces: Iterable<CountedTrace>,
  by?: TraceGrouping,
  prices?: ModelPrices,
): TraceStatistics[] {
  const counter = new TraceCounter(by, prices);
  for (const trace of traces) counter.add(trace);
  return counter.statistics();
}

/** Counts traces as they pass by. Of each only the few numbers stay in memory that quantiles are made from. */
export class TraceCounter {
  readonly #by: TraceGrouping | undefined;
  readonly #prices: ReadonlyMap<string, ModelPrice> | undefined;
  readonly #groups = new Map<string, GroupCounter>();

  constructor(by: TraceGrouping | undefined, prices?: ModelPrices) {
    this.#by = by;
    this.#prices = prices && pricesByModel(prices);
  }

  add(trace: CountedTrace): void {
    const by = this.#by;
    const { summary, calls } = trace;
    for (const key of groupKeys(trace, by)) {
      let group = this.#groups.get(key);
      if (group === undefined) this.#groups.set(key, (group = new GroupCounter(this.#prices)));
      if (by === "model" || by === "member") {
        group.addCalls(
          summary,
          calls.filter((call) => callKey(call, summary, by) === key),
        );
      } else group.add(trace);
    }
  }

  /** The statistics of each group, in the order of their keys. */
  statistics(): TraceStatistics[] {
    return [...this.#groups]
      .map(([key, group]) => group.statistics(key))
      .toSorted((a, b) => compareText(a.key, b.key));
  }
}

class GroupCounter {
  readonly #prices: ReadonlyMap<string, ModelPrice> | undefined;
  #count = 0;
  #firstAt = Infinity;
  #lastAt = -Infinity;
  #failedCount = 0;
  #spanCount = 0;
  #errorCount = 0;
  readonly #calls = { count: 0, failed: 0 };
  readonly #tokens = { input: 0, output: 0 };
  readonly #values = {
    reward: [] as number[],
    tokenSpread: [] as number[],
    cost: [] as number[],
    latency: [] as number[],
    firstToken: [] as number[],
  };

  constructor(prices: ReadonlyMap<string, ModelPrice> | undefined) {
    this.#prices = prices;
  }

  /** A trace with all its spans and calls; its time is that from its start to its end. */
  add({ summary, calls }: CountedTrace): void {
    this.#addTrace(summary, calls);
    this.#values.tokenSpread.push(tokensOf(summary));
    const latency = latencyOf(summary);
    if (latency !== undefined) this.#values.latency.push(latency);
    this.#spanCount += summary.spanCount;
    this.#errorCount += summary.errorCount;
    for (const call of calls) this.#addCall(call);
  }

  /** A trace of which only these calls count, with their times. */
  addCalls(summary: TraceSummary, calls: readonly CallFacts[]): void {
    this.#addTrace(summary, calls);
    this.#values.tokenSpread.push(
      calls.reduce((sum, { input, output }) => sum + input + output, 0),
    );
    for (const call of calls) {
      this.#addCall(call);
      this.#spanCount++;
      if (call.isFailed) this.#errorCount++;
      if (call.latency !== undefined) this.#values.latency.push(call.latency);
    }
  }

  #addTrace({ status, reward, startedAt }: TraceSummary, calls: readonly CallFacts[]): void {
    this.#count++;
    this.#firstAt = Math.min(this.#firstAt, startedAt);
    this.#lastAt = Math.max(this.#lastAt, startedAt);
    const cost = this.#prices && costOfCalls(calls, this.#prices);
    if (cost !== undefined) this.#values.cost.push(cost);
    if (status === "failed") this.#failedCount++;
    if (reward !== undefined) this.#values.reward.push(reward);
  }

  #addCall({ isFailed, input, output, firstToken }: CallFacts): void {
    this.#calls.count++;
    if (isFailed) this.#calls.failed++;
    this.#tokens.input += input;
    this.#tokens.output += output;
    if (firstToken !== undefined) this.#values.firstToken.push(firstToken);
  }

  statistics(key: string): TraceStatistics {
    const spreads = Object.entries(this.#values).flatMap(([name, values]) => {
      const spread = spreadOf(values);
      return spread === undefined ? [] : [[name, spread] as const];
    });
    return {
      key,
      count: this.#count,
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
      spanCount: this.#spanCount,
      ...(Object.fromEntries(spreads) as Partial<Record<SpreadName, Spread>>),
      calls: { ...this.#calls },
      tokens: { ...this.#tokens },
      errorCount: this.#errorCount,
      errorRate: this.#failedCount / this.#count,
    };
  }
}

/** The spread of some numbers. Undefined for an empty list. @example spreadOf([1, 2, 3, 4])!.p25; // 1.75 */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
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

function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)]!;
  const high = sorted[Math.ceil(place)]!;
  return low + (high - low) * (place - Math.floor(place));
}
