/** Counts and quantiles over traces, by agent, version, member, model, day, session, user or tag. */
import type { CallFacts } from "./call-facts.ts";
import { costOfCalls, type ModelPrice, type ModelPrices, pricesByModel } from "./model-prices.ts";
import type { Spread } from "./spread.ts";
import type { TraceGrouping } from "./trace-grouping.ts";
import { compareText } from "./text-order.ts";
import { dayOf } from "./time-text.ts";
import {
  noSums,
  overviewOf,
  type OverviewOptions,
  spreadsOf,
  stretchAt,
  type TraceOverview,
} from "./trace-overview.ts";
import { checkEvery } from "./trace-query.ts";
import { latencyOf, tokensOf, type TraceSummary } from "./trace-summary.ts";

/** An overview of a group of traces with what is counted of their calls. */
export interface TraceStatistics extends Omit<TraceOverview, "from"> {
  /** Milliseconds to the first piece of an answer, over the calls of models whose answers came in pieces. */
  readonly firstToken?: Spread;
  /** Calls of models, and how many of them failed. */
  readonly calls: { readonly count: number; readonly failed: number };
  readonly tokens: { readonly input: number; readonly output: number };
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
    return this.#sorted().map(([key, group]) => group.statistics(key));
  }

  /** The overview of each group, in the order of their keys. @param place  the stretch of all of them */
  overviews(place: Pick<TraceOverview, "from">): TraceOverview[] {
    return this.#sorted().map(([key, group]) => group.overview({ key, ...place }));
  }

  #sorted(): readonly (readonly [string, GroupCounter])[] {
    return [...this.#groups].toSorted(([a], [b]) => compareText(a, b));
  }
}

/** Counts traces as they pass by, in stretches of time where these are asked for. */
export class OverviewCounter {
  readonly #options: OverviewOptions;
  readonly #prices: ModelPrices | undefined;
  readonly #stretches = new Map<number | undefined, TraceCounter>();

  /** @throws TRACE_QUERY_INVALID for a length of stretches that is none */
  constructor(options: OverviewOptions, prices?: ModelPrices) {
    checkEvery(options.every);
    this.#options = options;
    this.#prices = prices;
  }

  add(trace: CountedTrace): void {
    const { by, every } = this.#options;
    const from = every === undefined ? undefined : stretchAt(trace.summary.startedAt, every);
    let counter = this.#stretches.get(from);
    if (counter === undefined)
      this.#stretches.set(from, (counter = new TraceCounter(by, this.#prices)));
    counter.add(trace);
  }

  /** In the order of stretches, then of keys. */
  overviews(): TraceOverview[] {
    return [...this.#stretches]
      .toSorted(([a = 0], [b = 0]) => a - b)
      .flatMap(([from, counter]) => counter.overviews(from === undefined ? {} : { from }));
  }
}

class GroupCounter {
  readonly #prices: ReadonlyMap<string, ModelPrice> | undefined;
  readonly #sums = noSums();
  readonly #calls = { count: 0, failed: 0 };
  readonly #tokens = { input: 0, output: 0 };
  readonly #firstToken: number[] = [];

  constructor(prices: ReadonlyMap<string, ModelPrice> | undefined) {
    this.#prices = prices;
  }

  /** A trace with all its spans and calls; its time is that from its start to its end. */
  add({ summary, calls }: CountedTrace): void {
    const sums = this.#sums;
    this.#addTrace(summary, calls);
    sums.values.tokenSpread.push(tokensOf(summary));
    const latency = latencyOf(summary);
    if (latency !== undefined) sums.values.latency.push(latency);
    sums.spanCount += summary.spanCount;
    sums.errorCount += summary.errorCount;
    for (const call of calls) this.#addCall(call);
  }

  /** A trace of which only these calls count, with their times. */
  addCalls(summary: TraceSummary, calls: readonly CallFacts[]): void {
    const sums = this.#sums;
    this.#addTrace(summary, calls);
    sums.values.tokenSpread.push(calls.reduce((sum, { input, output }) => sum + input + output, 0));
    for (const call of calls) {
      this.#addCall(call);
      sums.spanCount++;
      if (call.isFailed) sums.errorCount++;
      if (call.latency !== undefined) sums.values.latency.push(call.latency);
    }
  }

  #addTrace({ status, reward, startedAt }: TraceSummary, calls: readonly CallFacts[]): void {
    const sums = this.#sums;
    sums.count++;
    sums.firstAt = Math.min(sums.firstAt, startedAt);
    sums.lastAt = Math.max(sums.lastAt, startedAt);
    const cost = this.#prices && costOfCalls(calls, this.#prices);
    if (cost !== undefined) sums.values.cost.push(cost);
    if (status === "failed") sums.failedCount++;
    if (reward !== undefined) sums.values.reward.push(reward);
  }

  #addCall({ isFailed, input, output, firstToken }: CallFacts): void {
    this.#calls.count++;
    if (isFailed) this.#calls.failed++;
    this.#tokens.input += input;
    this.#tokens.output += output;
    if (firstToken !== undefined) this.#firstToken.push(firstToken);
  }

  overview(place: Pick<TraceOverview, "key" | "from">): TraceOverview {
    return overviewOf(place, this.#sums);
  }

  statistics(key: string): TraceStatistics {
    const calls = { calls: { ...this.#calls }, tokens: { ...this.#tokens } };
    return { ...this.overview({ key }), ...spreadsOf({ firstToken: this.#firstToken }), ...calls };
  }
}
