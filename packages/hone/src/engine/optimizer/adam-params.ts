/** AdamW's settings, complete and checked. */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { AdamParams } from "../../ports/training-client.ts";

const names: OptionNames<AdamParams> = {
  learningRate: true,
  beta1: true,
  beta2: true,
  epsilon: true,
  weightDecay: true,
  maxGradientNorm: true,
};

/** The settings with their defaults. @throws OPTION_INVALID: weights that a NaN made could never be trained again */
export function adamParams(given: AdamParams): Required<AdamParams> {
  checkOptions("optimStep", given, names);
  const params: Required<AdamParams> = {
    learningRate: given.learningRate,
    beta1: given.beta1 ?? 0.9,
    beta2: given.beta2 ?? 0.999,
    epsilon: given.epsilon ?? 1e-8,
    weightDecay: given.weightDecay ?? 0,
    maxGradientNorm: given.maxGradientNorm ?? 0,
  };
  const check = optionChecks("optimStep");
  check.number("beta1", params.beta1, { min: 0, below: 1 });
  check.number("beta2", params.beta2, { min: 0, below: 1 });
  for (const name of ["learningRate", "epsilon", "weightDecay", "maxGradientNorm"] as const)
    check.number(name, params[name], { min: 0 });
  return params;
}
