/** The options that every policy-gradient method has, their defaults, and the check of both. */
import type { OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { KlEstimator } from "../../ports/training-client.ts";
import {
  checkOptimizer,
  type OptimizerOptions,
  optimizerOptionNames,
} from "../blocks/optimizer.ts";
import type { Normalization } from "./normalization.ts";
import { policyChoices } from "./policy-choices.ts";
import type { PolicySettings } from "./policy-improvement.ts";

/** Options of every policy-gradient method. */
export interface PolicyOptions extends OptimizerOptions {
  /** Rollout batches; each is one reported step of at most minibatchesPerBatch · epochsPerBatch optimizer updates. */
  readonly steps: number;
  /** Answers per task. Default 8. */
  readonly groupSize?: number;
  /** Tasks per step. Default 8. */
  readonly groupsPerStep?: number;
  /** What a token weighs (`tokenWeights`). The default is the method's own. */
  readonly normalization?: Normalization;
  /** The constant length of "dr_grpo", in tokens; required there. */
  readonly tokensPerAnswer?: number;
  /** Adds coefficient · KL(policy ‖ reference) per token. Default coefficient 0 (no reference is run), estimator "k3". */
  readonly kl?: { readonly coefficient: number; readonly estimator?: KlEstimator };
  /** Parts of a rollout batch with an update each. Default 1. */
  readonly minibatchesPerBatch?: number;
  /** Passes over a rollout batch. Default 1. */
  readonly epochsPerBatch?: number;
  /** Steps in a row without any signal after which the run stops. Default 10. */
  readonly maxStepsWithoutSignal?: number;
}

/** Options of methods that bound the ratio of the policy to the one that sampled. */
export interface ClipOptions {
  /** Lower bound of the ratio, 0 to 1. Default 0.8. */
  readonly clipLow?: number;
  /** Upper bound of the ratio, at least 1. Default 1.2; DAPO has 1.28. */
  readonly clipHigh?: number;
}

/** The names of these options, for methods that take them among their own. */
export const policyOptionNames: OptionNames<PolicyOptions> = {
  ...optimizerOptionNames,
  steps: true,
  groupSize: true,
  groupsPerStep: true,
  normalization: true,
  tokensPerAnswer: true,
  kl: { coefficient: true, estimator: true },
  minibatchesPerBatch: true,
  epochsPerBatch: true,
  maxStepsWithoutSignal: true,
};

/** The names of the options of the clip. */
export const clipOptionNames: OptionNames<ClipOptions> = { clipLow: true, clipHigh: true };

/** What a method decides in place of its user, or where its user does not. */
export interface PolicyDefaults {
  readonly normalization: Normalization;
  readonly loss: PolicySettings["loss"];
  /** The fewest answers per task that the method can learn from. */
  readonly minGroupSize: number;
}

/** The options of a method with every default in place. */
export interface FamilySettings extends Omit<PolicySettings, "algorithm"> {
  readonly groupSize: number;
  readonly groupsPerStep: number;
  readonly maxStepsWithoutSignal: number;
}

/**
 * The shared options with their defaults. Unknown names are not looked for: the method's own check knows them all.
 * @throws OPTION_INVALID naming the option and its range, before anything is computed
 */
export function familySettings(
  method: string,
  options: PolicyOptions & ClipOptions,
  { minGroupSize, ...defaults }: PolicyDefaults,
): FamilySettings {
  const settings: FamilySettings = {
    ...defaults,
    steps: options.steps,
    groupSize: options.groupSize ?? 8,
    groupsPerStep: options.groupsPerStep ?? 8,
    normalization: options.normalization ?? defaults.normalization,
    tokensPerAnswer: options.tokensPerAnswer,
    clipLow: options.clipLow ?? 0.8,
    clipHigh: options.clipHigh ?? 1.2,
    kl: { coefficient: 0, estimator: "k3", ...options.kl },
    minibatchesPerBatch: options.minibatchesPerBatch ?? 1,
    epochsPerBatch: options.epochsPerBatch ?? 1,
    maxStepsWithoutSignal: options.maxStepsWithoutSignal ?? 10,
    optimizer: options,
  };
  checkFamily(method, settings, minGroupSize);
  return settings;
}

function checkFamily(method: string, settings: FamilySettings, minGroupSize: number): void {
  const check = optionChecks(method);
  check.whole("groupSize", settings.groupSize, { min: minGroupSize });
  for (const name of [
    "steps",
    "groupsPerStep",
    "minibatchesPerBatch",
    "epochsPerBatch",
    "maxStepsWithoutSignal",
  ] as const)
    check.whole(name, settings[name], { min: 1 });
  check.oneOf("normalization", settings.normalization, policyChoices.normalization);
  check.share("clipLow", settings.clipLow);
  check.number("clipHigh", settings.clipHigh, { min: 1 });
  check.number("kl.coefficient", settings.kl.coefficient, { min: 0 });
  check.oneOf("kl.estimator", settings.kl.estimator, policyChoices.klEstimator);
  checkOptimizer(method, settings.optimizer);
  // A rule that needs a length says so now, not after the first rollouts.
  if (settings.normalization === "dr_grpo" || settings.tokensPerAnswer !== undefined)
    check.number("tokensPerAnswer", settings.tokensPerAnswer, { above: 0 });
}
