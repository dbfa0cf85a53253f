/** The options of every command that works on the traces of a filter, and the filter they make. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { type TraceStatus, traceStatuses } from "../core/trace.ts";
import type { TraceFilter } from "../core/trace-query.ts";

export interface FilterFlags {
  readonly agent?: string;
  readonly agentVersion?: string;
  readonly task?: string;
  readonly from?: number;
  readonly to?: number;
  readonly status?: TraceStatus;
  readonly minReward?: number;
  readonly maxReward?: number;
  readonly tag?: string;
  readonly text?: string;
}

/** Adds the options. */
export function addTraceFilter(command: Command): Command {
  return command
    .option("--agent <name>", "only traces of this agent")
    .option("--agent-version <version>", "of this version of the agent")
    .option("--task <task>", "of this task, by its words or its id")
    .option("--from <date>", "started then or later, UTC: 2026-01-01[T12:00]", dateTime)
    .option("--to <date>", "started before then", dateTime)
    .addOption(new Option("--status <status>", "ended so").choices(traceStatuses))
    .option("--min-reward <x>", "of at least this reward", anyNumber)
    .option("--max-reward <x>", "of at most this reward", anyNumber)
    .option("--tag <tag>", "with this tag")
    .option("--text <words>", "with each of these words in task, inputs or outputs");
}

/** The filter of the flags, those not given left out. */
export function traceFilterOf(flags: FilterFlags): TraceFilter {
  const { agent, agentVersion, task, from, to, status, minReward, maxReward, tag, text } = flags;
  const given = { agent, agentVersion, task, from, to, status, minReward, maxReward, tag, text };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** A parser of times in UTC, to Unix milliseconds. */
export function dateTime(text: string): number {
  const isDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$/.test(text);
  const inUtc = text.length > 10 && !text.endsWith("Z") ? `${text}Z` : text;
  const time = isDate ? Date.parse(inUtc) : NaN;
  if (Number.isNaN(time)) {
    throw new InvalidArgumentError("It must be a date such as 2026-01-01 or 2026-01-01T12:00");
  }
  return time;
}

function anyNumber(text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isNaN(value)) throw new InvalidArgumentError("It must be a number");
  return value;
}
