/** The optimizer settings that algorithms share. */
import type { OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { AdamParams } from "../../ports/training-client.ts";
import { checkSchedule, learningRateShare, type ScheduleOptions } from "./schedules.ts";

/** The learning rate, its schedule, and AdamW's other settings. */
export interface OptimizerOptions extends ScheduleOptions {
  /** The rate after the warm-up, at least 0. */
  readonly learningRate: number;
  /**
   * AdamW's other settings, with the defaults of `AdamParams` but for `maxGradientNorm`: 1, as in the trainer of Hugging Face's
   * transformers.
   */
  readonly adam?: Omit<AdamParams, "learningRate">;
}

/** The names of these options, for algorithms that take them among their own. */
export const optimizerOptionNames: OptionNames<OptimizerOptions> = {
  learningRate: true,
  schedule: true,
  warmUpSteps: true,
  finalShare: true,
  adam: { beta1: true, beta2: true, epsilon: true, weightDecay: true, maxGradientNorm: true },
};

/** @throws OPTION_INVALID for a rate below 0, a schedule that makes no sense, or settings of AdamW out of range */
export function checkOptimizer(where: string, options: OptimizerOptions): void {
  const check = optionChecks(where);
  check.number("learningRate", options.learningRate, { min: 0 });
  checkSchedule(where, options);
  const { adam = {} } = options;
  for (const name of ["beta1", "beta2"] as const)
    if (adam[name] !== undefined) check.number(`adam.${name}`, adam[name], { min: 0, below: 1 });
  for (const name of ["epsilon", "weightDecay", "maxGradientNorm"] as const)
    if (adam[name] !== undefined) check.number(`adam.${name}`, adam[name], { min: 0 });
}

/** The settings with their defaults, as a run records them. */
export function optimizerSettings(options: OptimizerOptions): Readonly<Record<string, unknown>> {
  const { learningRate, schedule = "constant", warmUpSteps = 0, finalShare = 0 } = options;
  return { learningRate, schedule, warmUpSteps, finalShare, adam: adamOf(options) };
}

/** AdamW's settings at a step. */
export function adamAt(step: number, steps: number, options: OptimizerOptions): AdamParams {
  const { learningRate, schedule = "constant", warmUpSteps = 0, finalShare = 0 } = options;
  const share = learningRateShare(step, steps, { schedule, warmUpSteps, finalShare });
  return { ...adamOf(options), learningRate: learningRate * share };
}

const adamOf = ({ adam }: OptimizerOptions): Omit<AdamParams, "learningRate"> => ({
  maxGradientNorm: 1,
  ...adam,
});
