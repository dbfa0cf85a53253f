/** Numbers of runs and evaluations as people read them. */
import { isAbsolute, relative } from "node:path";
import type { Progress } from "../../core/progress.ts";
import type { ParameterCounts } from "../models/count-parameters.ts";
import type { Evaluation } from "../../evaluation/evaluate.ts";

/** An estimate with its 95 % interval: "0.83 [0.71, 0.91]"; "–" when nothing was measured (NaN). */
export function intervalText({ value, low, high }: Interval, digits = 2): string {
  if (Number.isNaN(value)) return "–";
  return `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** An estimate and its 95 % interval. */
interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A path relative to the working directory when it lies below it, else the path as it is. */
export function shortPath(path: string): string {
  const seen = relative(process.cwd(), path);
  return seen === "" || seen.startsWith("..") || isAbsolute(seen) ? path : seen;
}

/** An evaluation for programs, without its rows for each task. */
export function evaluationFacts({ tasks: _, ...facts }: Evaluation): Omit<Evaluation, "tasks"> {
  return facts;
}

/** A setting's value: "adapter", "0.001", "[1,2]" */
export const settingText = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** "1 task", "2 tasks" */
export const taskText = (count: number): string => (count === 1 ? "1 task" : `${count} tasks`);

/** "success 0.83 [0.71, 0.91], reward 6.1 [5.2, 7.0], 100 tasks, sampled" */
export function evaluationText(evaluation: Evaluation): string {
  const { success, reward, taskCount, mode, failedCount, failures } = evaluation;
  const where = Object.entries(failures).map(([boundary, count]) => `${boundary} ${count}`);
  return [
    `success ${intervalText(success)}`,
    ...(reward === undefined ? [] : [`reward ${intervalText(reward)}`]),
    `${taskText(taskCount)}, ${mode}`,
    ...(failedCount === 0 ? [] : [`${failedCount} rollouts failed (${where.join(", ")})`]),
  ].join(", ");
}

/** Lines below it: pass@k, best-of-n, the components of the reward, the agent's metrics, and the same for each level. */
export function evaluationDetails({
  components,
  metrics,
  levels,
  passAtK,
  bestOfN,
}: Evaluation): readonly string[] {
  const tries = (some: Evaluation["passAtK"]): string =>
    some.map((one) => `${one.k}: ${intervalText(one)}`).join(", ");
  const parts = (some: Evaluation["components"]): string =>
    Object.entries(some)
      .map(([name, part]) => `${name} ${intervalText(part)}`)
      .join(", ");
  const line = (name: string, text: string): string[] =>
    text === "" ? [] : [`  ${name}: ${text}`];
  return [
    ...line("pass@k", tries(passAtK)),
    ...line("reward of the best of k", tries(bestOfN)),
    ...line("reward is made of", parts(components)),
    ...line("mean of a rollout", parts(metrics)),
    ...Object.entries(levels).flatMap(([level, one]) => {
      const reward = one.reward === undefined ? [] : [`reward ${intervalText(one.reward)}`];
      const more = parts({ ...one.components, ...one.metrics });
      const text = [
        `success ${intervalText(one.success)}`,
        ...reward,
        ...(more === "" ? [] : [more]),
      ];
      return line(`level ${level}, ${taskText(one.taskCount)}`, text.join(", "));
    }),
  ];
}

/** "trained 442368 of 135000000 parameters (0.3277 %)"; nothing where it is not known what was trained. */
export function trainedText({ total, trained }: ParameterCounts): readonly string[] {
  if (trained === undefined) return [];
  const share = Number(((100 * trained) / total).toPrecision(4));
  return [`  trained ${trained} of ${total} parameters (${share} %)`];
}

/** "reading weights   42 %   120 MB/s   4 s left" */
export function progressText({ what, share, rate, secondsLeft }: Progress): string {
  return [
    what,
    ...(share === undefined ? [] : [`${Math.floor(100 * share)} %`]),
    ...(rate === undefined ? [] : [rate]),
    ...(secondsLeft === undefined ? [] : [`${durationText(secondsLeft)} left`]),
  ].join("   ");
}

/** "8.1 s", "2 m 05 s", "1 h 20 m" */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} m`;
}
