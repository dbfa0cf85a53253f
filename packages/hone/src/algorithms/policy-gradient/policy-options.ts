/** The options that every policy-gradient method has, and their names. */
import type { OptionNames } from "../../core/known-options.ts";
import type { KlEstimator } from "../../ports/training-client.ts";
import type { CurriculumOptions } from "../blocks/curriculum.ts";
import { type OptimizerOptions, optimizerOptionNames } from "../blocks/optimizer.ts";
import type { CreditOptions } from "./credit.ts";
import type { Normalization } from "./normalization.ts";
import type { PolicyChoice } from "./policy-choices.ts";
import type { ReplayOptions } from "./policy-replay.ts";
import type { CorrectionOptions } from "./sampler-correction.ts";

/** The price of moving away from the policy before training, coefficient · KL(policy ‖ reference) per sampled token. */
export interface KlOptions {
  /** At least 0; 0 runs no reference. */
  readonly coefficient: number;
  /** How a token's KL is estimated (`KlEstimator`). The default is the method's own: "k3" in GRPO. */
  readonly estimator?: KlEstimator;
  /** Added to the loss, or subtracted from the reward before advantages are made. The default is the method's own: "loss" in GRPO. */
  readonly place?: PolicyChoice<"klPlace">;
}

/** Options of every policy-gradient method. */
export interface PolicyOptions extends OptimizerOptions {
  /** Rollout batches; each is one reported step of at most minibatchesPerBatch · epochsPerBatch optimizer updates. */
  readonly steps: number;
  /** Answers per task. Default 8. */
  readonly groupSize?: number;
  /** Tasks per step. Default 8. */
  readonly groupsPerStep?: number;
  /** The price of moving away from the policy before training. Default: none, and no reference is run. */
  readonly kl?: KlOptions;
  /** Corrects for a sampler whose log-probs differ from those of the trainer. Default: none; one more forward pass where it is given. */
  readonly correction?: CorrectionOptions;
  /**
   * Which turns of an answer its advantage belongs to. Default: "identical" for all. Not with PPO, whose critic decides, nor with a
   * method that has one ratio for a whole answer (RLOO, GSPO, GMPO).
   */
  readonly credit?: CreditOptions;
  /**
   * Tasks that the policy does sometimes are drawn more often than those that it always or never does, by what earlier steps measured
   * (`curriculumChances`). Default: every task comes once before any comes again.
   */
  readonly curriculum?: CurriculumOptions;
  /** Groups of earlier steps are learned from again, while they are not too old. Default: none. */
  readonly replay?: ReplayOptions;
  /**
   * Whether answers that the token limit cut off send no gradient (overlong filtering, DAPO §3.4). Their rewards still count in the means
   * of their group, as in TRL's `mask_truncated_completions`. Default false.
   */
  readonly maskTruncated?: boolean;
  /**
   * Whether the rollouts of the next step are sampled while a step learns, from the weights before its updates: rollouts are then one
   * step old (`weights_lag` 1), and waits for tools or for another machine cost no time of their own. A run that is stopped ends after
   * the rollouts under way. Default false.
   */
  readonly oneStepOffPolicy?: boolean;
  /** Parts of a rollout batch with an update each. Default 1. */
  readonly minibatchesPerBatch?: number;
  /**
   * The most sampled tokens of an update, at least 1: a rollout batch is cut into few parts, about as full as each other,
   * where `minibatchesPerBatch` cuts it into parts of as many answers, however long. An answer with more tokens is a part by itself. An
   * answer weighs the same in whichever part it is, so that the mean of the parts' gradients is that of the whole batch ("bnpo", which is
   * a mean over each part, excepted). Not beside `minibatchesPerBatch`. Default: by answers.
   */
  readonly maxTokensPerUpdate?: number;
  /** Passes over a rollout batch. Default 1. */
  readonly epochsPerBatch?: number;
  /** Steps in a row without any signal after which the run stops. Default 10. */
  readonly maxStepsWithoutSignal?: number;
}

/** Options of methods whose loss is a sum over tokens. */
export interface TokenWeightOptions {
  /** What a token weighs (`tokenWeights`). The default is the method's own. */
  readonly normalization?: Normalization;
  /** The constant length of "dr_grpo", in tokens; required there, and refused beside the others, which read none. */
  readonly tokensPerAnswer?: number;
}

/** Options of methods that bound the ratio of the policy to the policy that sampled, before these updates. */
export interface ClipOptions {
  /** Lower bound of the ratio, 0 to 1. The default is the method's own: 0.8 in GRPO. */
  readonly clipLow?: number;
  /** Upper bound of the ratio, at least 1. The default is the method's own: 1.2 in GRPO, 1.28 in DAPO. */
  readonly clipHigh?: number;
  /**
   * The most that a ratio counts where the advantage is negative, at least clipHigh: dual clip, or the second side of a two-sided
   * clip (TRL's `delta`). Costs a second pass. Default: no such limit.
   */
  readonly dualClip?: number;
}

/** The names of these options, for methods that take them among their own. */
export const policyOptionNames: OptionNames<PolicyOptions> = {
  ...optimizerOptionNames,
  steps: true,
  groupSize: true,
  groupsPerStep: true,
  kl: { coefficient: true, estimator: true, place: true },
  correction: { level: true, rule: true, max: true, min: true },
  credit: {
    rule: true,
    coordinator: true,
    discount: true,
    weight: true,
    scale: true,
    state: true,
  },
  curriculum: { uniformShare: true },
  replay: { groupsPerStep: true, maxStaleness: true },
  maskTruncated: true,
  oneStepOffPolicy: true,
  minibatchesPerBatch: true,
  maxTokensPerUpdate: true,
  epochsPerBatch: true,
  maxStepsWithoutSignal: true,
};

/** The names of the options of token weights. */
export const tokenWeightOptionNames: OptionNames<TokenWeightOptions> = {
  normalization: true,
  tokensPerAnswer: true,
};

/** The names of the options of the clip. */
export const clipOptionNames: OptionNames<ClipOptions> = {
  clipLow: true,
  clipHigh: true,
  dualClip: true,
};
