/** The optimizer settings that algorithms share. */
import type { AdamParams } from "../ports/training-client.ts";
import { checkRate } from "./guards.ts";
import { checkSchedule, learningRateShare, type ScheduleOptions } from "./schedules.ts";

export interface OptimizerOptions extends ScheduleOptions {
  /** The rate after the warm-up. */
  readonly learningRate: number;
  /** AdamW's other settings; the gradient norm is clipped to 1 unless said otherwise, as transformers' trainer does. */
  readonly adam?: Omit<AdamParams, "learningRate">;
}

/** @throws OPTION_INVALID for a rate below 0 or a schedule that makes no sense */
export function checkOptimizer(where: string, options: OptimizerOptions): void {
  checkRate(where, "learningRate", options.learningRate);
  checkSchedule(where, options);
}

/** The settings with their defaults, as a run records them. */
export function optimizerSettings(options: OptimizerOptions): Readonly<Record<string, unknown>> {
  const { learningRate, schedule = "constant", warmUpSteps = 0, finalShare = 0 } = options;
  return { learningRate, schedule, warmUpSteps, finalShare, adam: adamOf(options) };
}

/** AdamW's settings at a step. */
export function adamAt(step: number, steps: number, options: OptimizerOptions): AdamParams {
  return {
    ...adamOf(options),
    learningRate: options.learningRate * learningRateShare(step, steps, options),
  };
}

const adamOf = ({ adam }: OptimizerOptions): Omit<AdamParams, "learningRate"> => ({
  maxGradientNorm: 1,
  ...adam,
});
