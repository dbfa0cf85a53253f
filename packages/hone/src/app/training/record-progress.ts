/** What a run folder keeps of a step and of an evaluation: numbers, rewards, and a few rollouts to read. */
import { levelOf, metricMeans, partMeans } from "../../core/reward-parts.ts";
import type { Rollout } from "../../core/rollout.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Evaluation, Measured } from "../../evaluation/evaluate.ts";
import type { Alarm } from "./alarms/alarms.ts";
import type { RunFolder } from "../../runs/run-folder.ts";
import { timeMetrics } from "./sampling-clock.ts";

/** Rollouts of a step that are kept as samples. */
const SAMPLES_PER_STEP = 2;
/** Held-out tasks of which an evaluation keeps the first try as a sample, the same in every evaluation of a run. */
const SAMPLES_PER_EVALUATION = 10;

/** A step, in which phase it was, and which levels the phase's tasks have (`levelsOf`). */
export interface DoneStep {
  readonly phase: string;
  readonly step: TrainStep;
  /** The wall time of the step, in seconds. */
  readonly seconds: number;
  /** The part of it that its rollouts took. Default 0. */
  readonly samplingSeconds?: number;
  readonly levels: readonly string[];
  /** Whether the rollout of an id is kept, so that what the step did with its tokens is kept, too. Default: no. */
  readonly keeps?: (rolloutId: string) => boolean;
  /** The alarms that the numbers of the step raise. Default: none. */
  readonly raise?: (numbers: Readonly<Record<string, number>>) => readonly Alarm[];
}

/** Writes down a step, as docs/metrics.md says; returns the alarms that it raises. */
export function recordStep(
  run: RunFolder,
  { phase, step, seconds, samplingSeconds, levels, ...options }: DoneStep,
): readonly Alarm[] {
  const { keeps = () => false, raise = () => [] } = options;
  const { tracker } = run;
  const { rollouts = [] } = step;
  const values = {
    ...step.metrics,
    ...partMetrics(rollouts),
    ...metricMeans(rollouts),
    ...levelMetrics(rollouts, levels),
    ...timeMetrics(step, seconds, samplingSeconds),
  };
  const alarms = raise(values);
  const raised = prefixed("alarm", Object.fromEntries(alarms.map(({ code }) => [code, 1])));
  tracker.scalars(phase, step.step, { ...values, ...raised });
  for (const [name, some] of Object.entries(spreads(step)))
    if (some.length > 0) tracker.histogram?.(phase, step.step, name, some);
  for (const rollout of rollouts.slice(0, SAMPLES_PER_STEP))
    run.addSample(phase, step.step, rollout);
  const kept = step.trained?.rollouts.filter(({ rolloutId }) => keeps(rolloutId)) ?? [];
  if (kept.length > 0) run.addTrained(phase, step.step, { ...step.trained!, rollouts: kept });
  return alarms;
}

/** The numbers of single rollouts that a step keeps: rewards, the tokens that the policy sampled in each, and the advantage of each row that was learned from. */
const spreads = ({
  rollouts = [],
  trained,
}: TrainStep): Readonly<Record<string, readonly number[]>> => ({
  reward: rollouts.flatMap(({ reward }) => reward?.total ?? []),
  response_length: rollouts.flatMap(({ reward, turns }) =>
    reward === undefined || turns.length === 0
      ? []
      : turns.reduce((sum, { tokens }) => sum + tokens.length, 0),
  ),
  advantage:
    trained?.rollouts.flatMap(({ rows }) =>
      rows.map(({ advantage }) => meanAdvantage(advantage)),
    ) ?? [],
});

/** Of a row whose tokens have advantages of their own their mean; six digits, of which a picture needs fewer. */
function meanAdvantage(advantage: number | readonly number[]): number {
  const all = typeof advantage === "number" ? [advantage] : advantage;
  return Number((all.reduce((a, b) => a + b, 0) / Math.max(1, all.length)).toPrecision(6));
}

/** The mean of each component of the rewards: "reward/moves". */
const partMetrics = (rollouts: readonly Rollout[]): Record<string, number> =>
  prefixed("reward", partMeans(rollouts));

/** Reward, success, components and agents' metrics of each level: "level_2/reward", "level_2/reward/moves". Failed rollouts count as not done. */
function levelMetrics(
  rollouts: readonly Rollout[],
  levels: readonly string[],
): Record<string, number> {
  const entries = levels.flatMap((level) => {
    const some = rollouts.filter(({ task }) => levelOf(task) === level);
    if (some.length === 0) return [];
    const rewards = some.flatMap(({ reward }) => reward?.total ?? []);
    const metrics = {
      success: some.filter(({ isSuccess }) => isSuccess).length / some.length,
      ...(rewards.length === 0
        ? {}
        : { reward: rewards.reduce((a, b) => a + b, 0) / rewards.length }),
      ...partMetrics(some),
      ...metricMeans(some),
    };
    return Object.entries(prefixed(`level_${level}`, metrics));
  });
  return Object.fromEntries(entries);
}

const prefixed = (
  prefix: string,
  values: Readonly<Record<string, number>>,
): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]));

/** An evaluation between two phases. */
export interface MeasuredStage {
  /** "start", or "after" and the name of a phase. */
  readonly name: string;
  /** Its number among the run's evaluations, from 1. */
  readonly number: number;
  readonly evaluation: Evaluation;
  readonly rollouts: readonly Rollout[];
}

export function recordEvaluation(
  run: RunFolder,
  { name, number, evaluation, rollouts }: MeasuredStage,
): void {
  const triesPerTask = Math.max(1, Math.round(rollouts.length / evaluation.taskCount));
  const firstTries = rollouts.filter((_, i) => i % triesPerTask === 0);
  for (const rollout of firstTries.slice(0, SAMPLES_PER_EVALUATION))
    run.addSample(name, 0, rollout);
  const levels = Object.entries(evaluation.levels).map(([level, some]) =>
    prefixed(`level_${level}`, measuredMetrics(some)),
  );
  run.tracker.scalars("evaluation", number, {
    ...measuredMetrics(evaluation),
    ...Object.assign({}, ...levels),
  });
}

/** Every number with the ends of its interval, by the names that steps have, too. */
function measuredMetrics({
  success,
  reward,
  components,
  metrics,
}: Measured): Record<string, number> {
  const parts = Object.entries(components).map(([name, part]) => [`reward/${name}`, part] as const);
  const intervals = [
    ["success", success] as const,
    ...(reward === undefined ? [] : [["reward", reward] as const]),
    ...parts,
    ...Object.entries(metrics),
  ];
  return Object.fromEntries(
    intervals.flatMap(([name, { value, low, high }]) => [
      [name, value],
      [`${name}_low`, low],
      [`${name}_high`, high],
    ]),
  );
}
