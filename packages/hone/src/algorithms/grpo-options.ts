/** What GRPO can be told, its defaults, and the check of both. */
import { HoneError } from "../core/errors.ts";
import { checkCount, checkRate } from "./guards.ts";
import type { KlEstimator } from "../ports/training-client.ts";
import { tokenWeights, type Normalization } from "./normalization.ts";
import { checkOptimizer, type OptimizerOptions } from "./optimizer.ts";

export interface GrpoOptions extends OptimizerOptions {
  /** Rollout batches; each is one reported step of minibatchesPerBatch · epochsPerBatch optimizer updates. */
  readonly steps: number;
  /** Answers per task. Default 8. */
  readonly groupSize?: number;
  /** Tasks per step. Default 8. */
  readonly groupsPerStep?: number;
  /** "std" is the paper's; "none" only centres (Dr. GRPO). Default "std". */
  readonly advantageScale?: "std" | "none";
  /** Form of the deviation and what is added to it. Defaults "population" and 1e-6; TRL has "sample" and 1e-4. */
  readonly deviation?: "population" | "sample";
  readonly epsilon?: number;
  /** What a token weighs. Default "dapo": every token of the batch the same. */
  readonly normalization?: Normalization;
  /** The constant length of "dr_grpo", tokens. */
  readonly tokensPerAnswer?: number;
  /** Default "ppo". */
  readonly loss?: "ppo" | "importance_sampling" | "cispo";
  /** Bounds of the ratio in "ppo" and "cispo". Defaults 0.8 and 1.2; DAPO raises the upper one to 1.28. */
  readonly clipLow?: number;
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
  readonly deviation: "population" | "sample";
  readonly tokensPerAnswer: number | undefined;
  readonly kl: { readonly coefficient: number; readonly estimator: KlEstimator };
  readonly optimizer: OptimizerOptions;
}

/** @throws OPTION_INVALID naming the option, before anything is computed */
export function grpoSettings(options: GrpoOptions): GrpoSettings {
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
  checkCount("grpo", "steps", settings.steps);
  checkCount("grpo", "groupSize", settings.groupSize, 2);
  checkCount("grpo", "groupsPerStep", settings.groupsPerStep);
  checkCount("grpo", "minibatchesPerBatch", settings.minibatchesPerBatch);
  checkCount("grpo", "epochsPerBatch", settings.epochsPerBatch);
  checkCount("grpo", "maxStepsWithoutSignal", settings.maxStepsWithoutSignal);
  checkRate("grpo", "kl.coefficient", settings.kl.coefficient);
  checkRate("grpo", "epsilon", settings.epsilon);
  checkOptimizer("grpo", settings.optimizer);
  const { clipLow, clipHigh } = settings;
  if (!(clipLow >= 0 && clipLow <= 1 && clipHigh >= 1)) {
    throw new HoneError("OPTION_INVALID", {
      where: "grpo",
      option: "clipLow, clipHigh",
      got: `${clipLow}, ${clipHigh}`,
      expected: "bounds of the ratio around 1, such as 0.8 and 1.28",
    });
  }
  // Asks for what the rule needs now, not after the first rollouts.
  const { normalization: rule, tokensPerAnswer } = settings;
  tokenWeights([1], {
    rule,
    batchTokens: 1,
    minibatches: 1,
    ...(tokensPerAnswer === undefined ? {} : { tokensPerAnswer }),
  });
}
