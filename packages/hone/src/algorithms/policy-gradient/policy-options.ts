/** The options that every policy-gradient method has, their defaults, and the check of both. */
import type { OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { KlEstimator } from "../../ports/training-client.ts";
import type { CurriculumOptions } from "../blocks/curriculum.ts";
import {
  checkOptimizer,
  type OptimizerOptions,
  optimizerOptionNames,
} from "../blocks/optimizer.ts";
import { type CreditOptions, type CreditSettings, creditSettings } from "./credit.ts";
import type { Normalization } from "./normalization.ts";
import { type PolicyChoice, policyChoices } from "./policy-choices.ts";
import { type ReplayOptions, replaySettings } from "./policy-replay.ts";
import type { PolicySettings } from "./policy-improvement.ts";
import { type CorrectionOptions, correctionSettings } from "./sampler-correction.ts";

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

/** What a method decides in place of its user, or where its user does not. */
export interface PolicyDefaults {
  readonly normalization: Normalization;
  readonly loss: PolicySettings["loss"];
  /** The fewest answers per task that the method can learn from. */
  readonly minGroupSize: number;
  /** Default 0.8. */
  readonly clipLow?: number;
  /** Default 1.2. */
  readonly clipHigh?: number;
  /** How KL is estimated and where it is paid. Default "k3" in the loss. */
  readonly kl?: { readonly estimator: KlEstimator; readonly place: PolicyChoice<"klPlace"> };
}

/** The options of a method with every default in place. */
export interface FamilySettings extends Omit<PolicySettings, "algorithm"> {
  readonly groupSize: number;
  readonly groupsPerStep: number;
  readonly maxStepsWithoutSignal: number;
  /** Which turns an answer's advantage belongs to. Default: all alike. */
  readonly credit?: CreditSettings;
  /** Draws tasks by their measured success. Default: in the order of the source. */
  readonly curriculum?: Required<CurriculumOptions>;
  /** Groups of earlier steps that are learned from again. Default: none. */
  readonly replay?: Required<ReplayOptions>;
  /** Truncated answers send no gradient. Default: they do. */
  readonly maskTruncated?: true;
  /** The rollouts of the next step are sampled while a step learns. Default: between the two. */
  readonly oneStepOffPolicy?: true;
  /** How often a step samples at most until it has enough groups with signal. Default: once, and groups without signal stay. */
  readonly maxDraws?: number;
}

/**
 * The shared options with their defaults. Unknown names are not looked for: the method's own check knows them all.
 * @throws OPTION_INVALID naming the option and its range, before anything is computed
 */
export function familySettings(
  method: string,
  options: PolicyOptions & TokenWeightOptions & ClipOptions,
  { minGroupSize, ...defaults }: PolicyDefaults,
): FamilySettings {
  const { dualClip } = options;
  const { estimator, place } = { estimator: "k3", place: "loss", ...defaults.kl } as const;
  const settings: FamilySettings = {
    loss: defaults.loss,
    steps: options.steps,
    groupSize: options.groupSize ?? 8,
    groupsPerStep: options.groupsPerStep ?? 8,
    normalization: options.normalization ?? defaults.normalization,
    tokensPerAnswer: options.tokensPerAnswer,
    clipLow: options.clipLow ?? defaults.clipLow ?? 0.8,
    clipHigh: options.clipHigh ?? defaults.clipHigh ?? 1.2,
    // Left out where it is not given, here and below, so that runs from before there was the option can be resumed.
    ...(dualClip === undefined ? {} : { dualClip }),
    kl: klSettings(options.kl ?? { coefficient: 0 }, { estimator, place }),
    ...(options.correction === undefined
      ? {}
      : { correction: correctionSettings(method, options.correction) }),
    ...(options.credit === undefined ? {} : { credit: creditSettings(method, options.credit) }),
    ...(options.curriculum === undefined
      ? {}
      : { curriculum: curriculumSettings(method, options.curriculum) }),
    ...(options.replay === undefined ? {} : { replay: replaySettings(method, options.replay) }),
    ...switchedOn(method, options),
    minibatchesPerBatch: options.minibatchesPerBatch ?? 1,
    ...(options.maxTokensPerUpdate === undefined
      ? {}
      : { maxTokensPerUpdate: options.maxTokensPerUpdate }),
    epochsPerBatch: options.epochsPerBatch ?? 1,
    maxStepsWithoutSignal: options.maxStepsWithoutSignal ?? 10,
    optimizer: options,
  };
  checkFamily(method, settings, minGroupSize);
  return settings;
}

/** The switches that are on; those that are off are left out, as above. */
function switchedOn(
  method: string,
  { maskTruncated = false, oneStepOffPolicy = false }: PolicyOptions,
): Pick<FamilySettings, "maskTruncated" | "oneStepOffPolicy"> {
  const check = optionChecks(method);
  return {
    ...(check.flag("maskTruncated", maskTruncated) && { maskTruncated: true }),
    ...(check.flag("oneStepOffPolicy", oneStepOffPolicy) && { oneStepOffPolicy: true }),
  };
}

function curriculumSettings(
  method: string,
  { uniformShare = 0.1 }: CurriculumOptions,
): Required<CurriculumOptions> {
  return { uniformShare: optionChecks(method).share("curriculum.uniformShare", uniformShare) };
}

function klSettings(
  kl: KlOptions,
  defaults: Required<Omit<KlOptions, "coefficient">>,
): FamilySettings["kl"] {
  const { coefficient, estimator = defaults.estimator, place = defaults.place } = kl;
  return { coefficient, estimator, ...(place === "loss" ? {} : { place }) };
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
  checkTokenBudget(method, settings);
  check.oneOf("normalization", settings.normalization, policyChoices.normalization);
  check.share("clipLow", settings.clipLow);
  check.number("clipHigh", settings.clipHigh, { min: 1 });
  if (settings.dualClip !== undefined)
    check.number("dualClip", settings.dualClip, { min: settings.clipHigh });
  check.number("kl.coefficient", settings.kl.coefficient, { min: 0 });
  check.oneOf("kl.estimator", settings.kl.estimator, policyChoices.klEstimator);
  check.oneOf("kl.place", settings.kl.place ?? "loss", policyChoices.klPlace);
  checkOptimizer(method, settings.optimizer);
  const { normalization, tokensPerAnswer } = settings;
  // A rule that needs a length says so now, not after the first rollouts.
  if (normalization === "dr_grpo") check.number("tokensPerAnswer", tokensPerAnswer, { above: 0 });
  else if (tokensPerAnswer !== undefined) {
    const expected = `left out: normalization "${normalization}" divides by no constant length, as "dr_grpo" alone does`;
    throw check.invalid("tokensPerAnswer", tokensPerAnswer, expected);
  }
}

function checkTokenBudget(
  method: string,
  { maxTokensPerUpdate, minibatchesPerBatch }: FamilySettings,
): void {
  if (maxTokensPerUpdate === undefined) return;
  const check = optionChecks(method);
  check.whole("maxTokensPerUpdate", maxTokensPerUpdate, { min: 1 });
  if (minibatchesPerBatch === 1) return;
  const expected = "left out beside minibatchesPerBatch above 1, as either cuts the batch";
  throw check.invalid("maxTokensPerUpdate", maxTokensPerUpdate, expected);
}
