/** Runs that differ only by their seed, as one: the means of their results with intervals over seeds. */
import { type Interval, studentMean } from "../../evaluation/intervals.ts";
import type { IntervalRecord, ResultRecord } from "../../formats/result-format.ts";
import type { RunConfig } from "../../runs/compare-settings.ts";

/** Held-out success or reward of one or more seeds. */
export interface SeedMeans {
  readonly before: Interval;
  readonly after: Interval;
  /** After − before: of each seed, then over seeds. */
  readonly difference: Interval;
}

/** The results of seeds together. */
export interface SeedOutcome {
  /** Seeds with a result. */
  readonly seeds: number;
  readonly success: SeedMeans;
  readonly reward: SeedMeans;
  /** Mean wall time of a run, in seconds. */
  readonly seconds: number;
}

/**
 * The means over the results of seeds, each with Student's 95 % interval over seeds; shares stay within 0 and 1. Of one result its own
 * numbers, whose intervals are over tasks.
 * @returns undefined without results
 */
export function overSeeds(results: readonly ResultRecord[]): SeedOutcome | undefined {
  if (results.length === 0) return undefined;
  const of = (name: "success" | "reward", [low, high]: readonly [number, number]): SeedMeans => {
    const mean = (
      at: (result: ResultRecord) => IntervalRecord,
      [least, most]: readonly [number, number],
    ): Interval => {
      if (results.length === 1) return at(results[0]!);
      const { value, ...ends } = studentMean(results.map((result) => at(result).value));
      return { value, low: Math.max(least, ends.low), high: Math.min(most, ends.high) };
    };
    return {
      before: mean(({ before }) => before[name], [low, high]),
      after: mean(({ after }) => after[name], [low, high]),
      difference: mean(({ difference }) => difference[name], [low - high, high - low]),
    };
  };
  return {
    seeds: results.length,
    success: of("success", [0, 1]),
    reward: of("reward", [-Infinity, Infinity]),
    seconds: studentMean(results.map(({ seconds }) => seconds)).value,
  };
}

/** A run as far as its settings and its result are concerned. */
interface ComparedRun {
  readonly record: { readonly config: RunConfig };
  readonly result?: ResultRecord;
}

/** Runs whose settings are the same but for the seed. */
export interface SeedGroup<Run extends ComparedRun> {
  readonly runs: readonly Run[];
  /** Their seeds, in the order of the runs. A run that records none counts as of seed 0. */
  readonly seeds: readonly number[];
  /** Each seed once. Undefined where none has a result yet. */
  readonly outcome: SeedOutcome | undefined;
}

/** Groups runs that differ only by their seed, in the order of the first of each group. */
export function groupBySeed<Run extends ComparedRun>(runs: readonly Run[]): SeedGroup<Run>[] {
  const groups = Map.groupBy(runs, ({ record: { config } }) => {
    const { seed: _, ...others } = config;
    return JSON.stringify(sorted(others));
  });
  return [...groups.values()].map((some) => {
    const seeds = some.map(({ record: { config } }) => Number(config["seed"] ?? 0));
    // The same seed twice is the same experiment twice, and says nothing of how much seeds vary.
    const results = new Map<number, ResultRecord>();
    some.forEach(({ result }, i) => {
      if (result !== undefined && !results.has(seeds[i]!)) results.set(seeds[i]!, result);
    });
    return { runs: some, seeds, outcome: overSeeds([...results.values()]) };
  });
}

/** A value whose objects have their keys in one order, so that equal settings have the same text. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).map(([key, one]) => [key, sorted(one)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
