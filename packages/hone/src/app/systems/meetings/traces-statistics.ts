/** What the tries of phase 2 come to, in numbers. */
import { z } from "zod";
import { isMeetingTool, meetingToolNames } from "../../../domains/meetings/tools.ts";
import { toolCallLimits } from "../../../domains/meetings/rewards.ts";
import { bootstrapMean, wilson } from "../../../evaluation/intervals.ts";
import { defineFormat } from "../../../formats/format.ts";
import { percent, share } from "../../../runs/report-text.ts";
import type { MeetingPair } from "./meeting-pairs.ts";
import { tracesCost } from "./traces-cost.ts";
import type { MeetingTrace } from "./meeting-traces.ts";

const interval = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });

/** Statistics of the tries. Intervals count each meeting as one observation, as its tries depend on each other. */
const statistics = z.strictObject({
  trajectories: z.int(),
  meetings: z.int(),
  /** Tries with different calls or predictions. */
  different: z.int(),
  /** Share of predictions on the right side of 0.5. */
  accuracy: interval,
  reward: interval,
  /** Tries that predicted rightly, and those that did not. */
  successes: z.int(),
  failures: z.int(),
  /** Share of tries with 2 to 5 calls of tools. */
  callsInRange: z.number(),
  /** Tries by how many tools they called. */
  calls: z.record(z.string(), z.int()),
  /** Calls of each tool. */
  tools: z.record(z.string(), z.int()),
  /** Tries that called a tool twice, and those with an invalid output. */
  repeated: z.int(),
  invalid: z.int(),
  reasonAccuracy: z.number(),
  grounded: z.number(),
  /** Pairs whose rewards differ enough, and the mean difference. */
  pairs: z.int(),
  meanMargin: z.number(),
  /** The largest difference between the rewards of two tries at one meeting. Absent in runs of older versions. */
  largestMargin: z.number().optional(),
  /** The least difference that was asked for. Absent in runs of older versions. */
  minMargin: z.number().optional(),
  /** Of all sessions of the phase. Absent in runs of older versions. */
  cost: tracesCost.optional(),
});

/** See `statistics`. */
export type TracesStatistics = z.infer<typeof statistics>;

/** The format of trajectories/statistics.json. */
export const statisticsFormat = defineFormat("hone.meeting-statistics", 1, statistics);

/** @param pairs  made of the same tries */
export function tracesStatistics(
  traces: readonly MeetingTrace[],
  pairs: readonly MeetingPair[],
): TracesStatistics {
  const tries = traces.map(({ trajectory }) => trajectory);
  const byMeeting = [...Map.groupBy(tries, ({ task }) => task.id).values()];
  const perMeeting = (of: (one: (typeof tries)[number]) => number) =>
    byMeeting.map((some) => meanOf(some.map(of)));
  const accurate = perMeeting(({ outcome }) => (outcome.isSuccess === true ? 1 : 0));
  const calls = tries.map(({ steps }) => steps.map(({ tool }) => tool).filter(isMeetingTool));
  const part = (name: string): number => meanOf(tries.map(({ rewards }) => rewards?.[name] ?? 0));
  const successes = tries.filter(({ outcome }) => outcome.isSuccess === true).length;
  const { min, max } = toolCallLimits;
  return {
    trajectories: tries.length,
    meetings: byMeeting.length,
    different: new Set(tries.map(({ task, steps }) => JSON.stringify([task.id, steps]))).size,
    accuracy: wilson(sumOf(accurate), accurate.length),
    reward: bootstrapMean(perMeeting(({ reward = 0 }) => reward)),
    successes,
    failures: tries.length - successes,
    callsInRange: meanOf(calls.map(({ length }) => (length >= min && length <= max ? 1 : 0))),
    calls: countsOf(calls.map(({ length }) => String(length))),
    tools: Object.fromEntries(
      meetingToolNames.map((name) => [name, calls.flat().filter((one) => one === name).length]),
    ),
    repeated: calls.filter((some) => new Set(some).size < some.length).length,
    invalid: tries.filter(({ rewards }) => rewards?.["valid"] !== 1).length,
    reasonAccuracy: part("reason_right"),
    grounded: part("grounded"),
    pairs: pairs.length,
    meanMargin: pairs.length === 0 ? 0 : meanOf(pairs.map(({ margin }) => margin)),
    largestMargin: Math.max(0, ...byMeeting.map(largestMargin)),
  };
}

/** The difference between the best and the worst of the tries at one meeting. */
function largestMargin(tries: readonly { readonly reward?: number | undefined }[]): number {
  const rewards = tries.flatMap(({ reward }) => reward ?? []);
  if (rewards.length === 0) return 0;
  return Math.round((Math.max(...rewards) - Math.min(...rewards)) * 1e6) / 1e6;
}

/** The statistics in a few lines. */
export function tracesText(of: TracesStatistics): readonly string[] {
  return [
    `${of.trajectories} trajectories: accuracy ${share(of.accuracy)}, reward ${of.reward.value.toFixed(3)}, 2 to 5 calls in ${percent(of.callsInRange)}, ${of.invalid} invalid`,
    of.pairs === 0
      ? `0 pairs: the rewards of tries at one meeting differ by ${of.largestMargin ?? 0} at most`
      : `${of.pairs} pairs, whose rewards differ by ${of.meanMargin.toFixed(2)} on average`,
  ];
}

const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const meanOf = (values: readonly number[]): number => sumOf(values) / values.length;

const countsOf = (keys: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...Map.groupBy(keys, (key) => key)]
      .map(([key, some]) => [key, some.length] as const)
      .toSorted(([a], [b]) => a.localeCompare(b)),
  );
