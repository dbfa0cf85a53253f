/** Which traces a command means: one option for each condition of a filter, with the same words everywhere. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { readPrices } from "../../app/price-file.ts";
import { HoneError } from "../../core/errors.ts";
import type { ModelPrices } from "../../core/model-prices.ts";
import { traceStatuses } from "../../core/trace.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import { type StoreFlags, storeOption } from "./store-options.ts";
import { isoTime } from "../../core/time-text.ts";
import { timeBy } from "./time-option.ts";

/** Flags have the names of the conditions, but for `meta`, which gives `metadata` one value each time, and the file of prices. */
export type FilterFlags = Omit<TraceFilter, "metadata" | "prices"> & {
  readonly meta?: NonNullable<TraceFilter["metadata"]>;
  readonly prices?: string;
};

/** What `addTraceOptions` gives. */
export type TraceFlags = StoreFlags & FilterFlags;

function anyNumber(text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isNaN(value)) throw new InvalidArgumentError("It must be a number");
  return value;
}

/** Reads `name=value` and adds it to those read before. */
export function metadataValue(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be name=value");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Condition → its option, in the order of help. */
const filterOptions: { readonly [Name in keyof Required<TraceFilter>]: () => Option } = {
  agent: () => new Option("--agent <name>", "only traces of this agent"),
  agentVersion: () => new Option("--agent-version <version>", "only of this version of it"),
  task: () => new Option("--task <task>", "only of this task: its words or its id, exactly"),
  from: () =>
    new Option("--from <time>", "started then or later: 2026-01-31T12:00, 2h, 7d").argParser(
      timeBy(),
    ),
  to: () =>
    new Option("--to <time>", "started before then; times are UTC or so long ago").argParser(
      timeBy(),
    ),
  status: () => new Option("--status <status>", traceStatuses.join(", ")).choices(traceStatuses),
  error: () => new Option("--error <kind>", "with an error of this kind: see traces errors"),
  minReward: () => new Option("--min-reward <n>", "of this reward or more").argParser(anyNumber),
  maxReward: () => new Option("--max-reward <n>", "of this reward or less").argParser(anyNumber),
  minTokens: () => new Option("--min-tokens <n>", "of so many tokens or more").argParser(anyNumber),
  maxTokens: () => new Option("--max-tokens <n>", "of so many tokens or less").argParser(anyNumber),
  minLatency: () =>
    new Option("--min-latency <ms>", "that took so long or longer").argParser(anyNumber),
  maxLatency: () =>
    new Option("--max-latency <ms>", "that took so long or less").argParser(anyNumber),
  minCost: () => new Option("--min-cost <usd>", "that cost so much or more").argParser(anyNumber),
  maxCost: () => new Option("--max-cost <usd>", "that cost so much or less").argParser(anyNumber),
  prices: () => new Option("--prices <file>", "JSON with dollars per million tokens of models"),
  session: () => new Option("--session <id>", "only the turns of this session"),
  user: () => new Option("--user <id>", "only traces of this user"),
  tag: () => new Option("--tag <tag>", "only traces with this tag"),
  metadata: () =>
    new Option("--meta <name=value>", "whose metadata has it; may be repeated").argParser(
      metadataValue,
    ),
  text: () => new Option("--text <words>", "all these words stand in them"),
};

/** The conditions, in the order of help. */
export const filterNames = Object.keys(filterOptions) as (keyof TraceFilter)[];

/** The option of one condition. */
export const filterOption = (name: keyof TraceFilter): Option => filterOptions[name]();

/** Adds the options of a filter, all but those left out. */
export const addFilter = (
  command: Command,
  leftOut: readonly (keyof TraceFilter)[] = [],
): Command =>
  filterNames
    .filter((name) => !leftOut.includes(name))
    .reduce((all, name) => all.addOption(filterOptions[name]()), command);

/** Adds the options of a store and of a filter over its traces. */
export const addTraceOptions = (
  command: Command,
  leftOut?: readonly (keyof TraceFilter)[],
): Command => addFilter(command.addOption(storeOption()), leftOut);

/** The numbers that have a smallest and a largest value. */
const bounds = [
  { name: "reward", low: "minReward", high: "maxReward" },
  { name: "tokens", low: "minTokens", high: "maxTokens" },
  { name: "latency", low: "minLatency", high: "maxLatency" },
  { name: "cost", low: "minCost", high: "maxCost" },
] as const;

/** The prices of the file that a command line names. @throws CONFIG_INVALID */
export const pricesOf = ({ prices }: Pick<FilterFlags, "prices">): ModelPrices | undefined =>
  prices === undefined ? undefined : readPrices("--prices", prices);

function valueOf(flags: FilterFlags, name: keyof TraceFilter): unknown {
  if (name === "metadata") return flags.meta;
  if (name === "prices") return pricesOf(flags);
  return flags[name];
}

/** The filter of a command line. @throws TRACE_QUERY_INVALID for bounds that no trace can meet; CONFIG_INVALID for prices that cannot be read */
export function filterOf(flags: FilterFlags): TraceFilter {
  const { from, to } = flags;
  if (from !== undefined && to !== undefined && from >= to)
    refuse("--from", isoTime(from), `before --to, which is ${isoTime(to)}`);
  for (const { low, high, name } of bounds) {
    const [from, to] = [flags[low], flags[high]];
    if (from !== undefined && to !== undefined && from > to)
      refuse(`--min-${name}`, String(from), `at most --max-${name}, which is ${to}`);
  }
  return Object.fromEntries(
    filterNames.flatMap((name) => {
      const value = valueOf(flags, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function refuse(condition: string, got: string, expected: string): never {
  throw new HoneError("TRACE_QUERY_INVALID", { condition, got, expected });
}
