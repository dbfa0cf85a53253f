import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";

/** How the learning rate changes over the steps of a run. */
export interface ScheduleOptions {
  /** How the rate falls after the warm-up. Default "constant". */
  readonly schedule?: "constant" | "linear" | "cosine";
  /** Steps over which the rate rises linearly from 0. Default 0. */
  readonly warmUpSteps?: number;
  /** Share of the rate that is left after the last step, 0 to 1. Default 0; "constant" ignores it. */
  readonly finalShare?: number;
}

/**
 * The share of the learning rate at a step.
 *
 *     warm-up    step / warmUpSteps                                step ≤ warmUpSteps
 *     linear     1 − (1 − f)·x                                     x = (step − w − 1) / (steps − w) after it
 *     cosine     f + (1 − f)·(1 + cos πx) / 2                      Loshchilov & Hutter 2017, SGDR (arXiv:1608.03983)
 *
 * The first step after the warm-up has the full rate, and no step has a rate of 0 unless asked for: x stays below 1.
 *
 * @param step   counts from 1
 * @param steps  in total
 * @throws OPTION_INVALID for an option that there is not
 * @example learningRateShare(1, 10, { schedule: "linear" }); // 1; at step 10: 0.1
 */
export function learningRateShare(
  step: number,
  steps: number,
  options: ScheduleOptions = {},
): number {
  checkOptions("learningRateShare", options, {
    schedule: true,
    warmUpSteps: true,
    finalShare: true,
  });
  const { schedule = "constant", warmUpSteps = 0, finalShare = 0 } = options;
  if (step <= warmUpSteps) return step / warmUpSteps;
  if (schedule === "constant") return 1;
  const x = Math.min(1, (step - warmUpSteps - 1) / Math.max(1, steps - warmUpSteps));
  const fallen = schedule === "linear" ? x : (1 - Math.cos(Math.PI * x)) / 2;
  return 1 - (1 - finalShare) * fallen;
}

/** Checks the options of a schedule. @throws OPTION_INVALID naming the option that cannot be */
export function checkSchedule(where: string, options: ScheduleOptions): void {
  const { schedule = "constant", warmUpSteps = 0, finalShare = 0 } = options;
  const check = optionChecks(where);
  check.oneOf("schedule", schedule, ["constant", "linear", "cosine"]);
  check.whole("warmUpSteps", warmUpSteps, { min: 0 });
  check.share("finalShare", finalShare);
}
