/** GRPO's options, their defaults, and the check of both. */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { KlEstimator } from "../../ports/training-client.ts";
import { type GrpoChoice, grpoChoices } from "./grpo-choices.ts";
import type { Normalization } from "./normalization.ts";
import {
  checkOptimizer,
  type OptimizerOptions,
  optimizerOptionNames,
} from "../blocks/optimizer.ts";

/** Options of `grpo`. */
export interface GrpoOptions extends OptimizerOptions {
  /** Rollout batches; each is one reported step of at most minibatchesPerBatch · epochsPerBatch optimizer updates. */
  readonly steps: number;
  /** Answers per task, at least 2. Default 8. */
  readonly groupSize?: number;
  /** Tasks per step. Default 8. */
  readonly groupsPerStep?: number;
  /** "std" divides centred rewards by the group's deviation (the paper); "none" only centres (Dr. GRPO). Default "std". */
  readonly advantageScale?: GrpoChoice<"advantageScale">;
  /** Form of that deviation: divided by n, or by n − 1 as TRL does. Default "population". */
  readonly deviation?: GrpoChoice<"deviation">;
  /** Added to the deviation. Default 1e-6; TRL has 1e-4. */
  readonly epsilon?: number;
  /** What a token weighs. Default "dapo": every token of the batch the same. */
  readonly normalization?: Normalization;
  /** The constant length of "dr_grpo", in tokens; required there. */
  readonly tokensPerAnswer?: number;
  /** The loss of the training client. Default "ppo". */
  readonly loss?: GrpoChoice<"loss">;
  /** Lower bound of the ratio in "ppo" and "cispo", 0 to 1. Default 0.8. */
  readonly clipLow?: number;
  /** Upper bound of the ratio in "ppo" and "cispo", at least 1. Default 1.2; DAPO has 1.28. */
  readonly clipHigh?: number;
  /** Adds coefficient · KL(policy ‖ reference) per token. Default coefficient 0 (no reference is run), estimator "k3". */
  readonly kl?: { readonly coefficient: number; readonly estimator?: KlEstimator };
  /** Parts of a rollout batch with an update each. Default 1. */
  readonly minibatchesPerBatch?: number;
  /** Passes over a rollout batch. Default 1. */
  readonly epochsPerBatch?: number;
  /** Steps in a row without any signal after which the run stops. Default 10. */
  readonly maxStepsWithoutSignal?: number;
}

/** The options with every default in place. */
export interface GrpoSettings extends Required<
  Omit<
    GrpoOptions,
    "adam" | "schedule" | "warmUpSteps" | "finalShare" | "tokensPerAnswer" | "kl" | "deviation"
  >
> {
  readonly deviation: GrpoChoice<"deviation">;
  readonly tokensPerAnswer: number | undefined;
  readonly kl: { readonly coefficient: number; readonly estimator: KlEstimator };
  readonly optimizer: OptimizerOptions;
}

const optionNames: OptionNames<GrpoOptions> = {
  ...optimizerOptionNames,
  steps: true,
  groupSize: true,
  groupsPerStep: true,
  advantageScale: true,
  deviation: true,
  epsilon: true,
  normalization: true,
  tokensPerAnswer: true,
  loss: true,
  clipLow: true,
  clipHigh: true,
  kl: { coefficient: true, estimator: true },
  minibatchesPerBatch: true,
  epochsPerBatch: true,
  maxStepsWithoutSignal: true,
};

/** The options with their defaults. @throws OPTION_INVALID naming the option, before anything is computed */
export function grpoSettings(options: GrpoOptions): GrpoSettings {
  checkOptions("grpo", options, optionNames);
  const settings: GrpoSettings = {
    groupSize: 8,
    groupsPerStep: 8,
    advantageScale: "std",
    deviation: "population",
    epsilon: 1e-6,
    normalization: "dapo",
    loss: "ppo",
    clipLow: 0.8,
    clipHigh: 1.2,
    minibatchesPerBatch: 1,
    epochsPerBatch: 1,
    maxStepsWithoutSignal: 10,
    ...options,
    tokensPerAnswer: options.tokensPerAnswer,
    kl: { coefficient: 0, estimator: "k3", ...options.kl },
    optimizer: options,
  };
  checkSettings(settings);
  return settings;
}

function checkSettings(settings: GrpoSettings): void {
  const check = optionChecks("grpo");
  check.whole("groupSize", settings.groupSize, { min: 2 });
  for (const name of [
    "steps",
    "groupsPerStep",
    "minibatchesPerBatch",
    "epochsPerBatch",
    "maxStepsWithoutSignal",
  ] as const)
    check.whole(name, settings[name], { min: 1 });
  for (const [name, choices] of Object.entries(grpoChoices))
    check.oneOf(name, settings[name as keyof typeof grpoChoices], choices);
  check.number("epsilon", settings.epsilon, { min: 0 });
  check.share("clipLow", settings.clipLow);
  check.number("clipHigh", settings.clipHigh, { min: 1 });
  check.number("kl.coefficient", settings.kl.coefficient, { min: 0 });
  check.oneOf("kl.estimator", settings.kl.estimator, ["k1", "k2", "k3"]);
  checkOptimizer("grpo", settings.optimizer);
  // A rule that needs a length says so now, not after the first rollouts.
  if (settings.normalization === "dr_grpo" || settings.tokensPerAnswer !== undefined)
    check.number("tokensPerAnswer", settings.tokensPerAnswer, { above: 0 });
}
