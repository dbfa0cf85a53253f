/** What a run folder keeps of a step and of an evaluation: numbers, rewards, and a few rollouts to read. */
import type { Rollout } from "../../core/rollout.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Evaluation } from "../../evaluation/evaluate.ts";
import type { RunFolder } from "../../runs/run-folder.ts";

/** Rollouts of a step that are kept as samples. */
const SAMPLES_PER_STEP = 2;
/** Rollouts of an evaluation that are kept as samples. */
const SAMPLES_PER_EVALUATION = 4;

/** @param seconds the wall time of the step */
export function recordStep(run: RunFolder, phase: string, step: TrainStep, seconds: number): void {
  const { tracker } = run;
  tracker.scalars(phase, step.step, { ...step.metrics, seconds });
  const rewards = step.rollouts?.flatMap((rollout) => rollout.reward?.total ?? []) ?? [];
  if (rewards.length > 0) tracker.histogram?.(phase, step.step, "reward", rewards);
  for (const rollout of step.rollouts?.slice(0, SAMPLES_PER_STEP) ?? [])
    run.addSample(phase, step.step, rollout);
}

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
  for (const rollout of rollouts.slice(0, SAMPLES_PER_EVALUATION)) run.addSample(name, 0, rollout);
  const { success, reward } = evaluation;
  run.tracker.scalars("evaluation", number, {
    success: success.value,
    success_low: success.low,
    success_high: success.high,
    ...(reward && {
      reward: reward.value,
      reward_low: reward.low,
      reward_high: reward.high,
    }),
  });
}
