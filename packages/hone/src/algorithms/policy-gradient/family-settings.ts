/** The options of a policy-gradient method with every default in place, checked before anything is computed. */
import { type OptionChecks, optionChecks } from "../../core/option-checks.ts";
import type { KlEstimator } from "../../ports/training-client.ts";
import type { CurriculumOptions } from "../blocks/curriculum.ts";
import { checkOptimizer } from "../blocks/optimizer.ts";
import { type CreditSettings, creditSettings } from "./credit.ts";
import type { Normalization } from "./normalization.ts";
import { type PolicyChoice, policyChoices } from "./policy-choices.ts";
import type { PolicySettings } from "./policy-improvement.ts";
import type {
  ClipOptions,
  KlOptions,
  PolicyOptions,
  TokenWeightOptions,
} from "./policy-options.ts";
import { type ReplayOptions, replaySettings } from "./policy-replay.ts";
import { correctionSettings } from "./sampler-correction.ts";

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
    kl: klSettings(options.kl ?? { coefficient: 0 }, { estimator, place }),
    minibatchesPerBatch: options.minibatchesPerBatch ?? 1,
    epochsPerBatch: options.epochsPerBatch ?? 1,
    maxStepsWithoutSignal: options.maxStepsWithoutSignal ?? 10,
    optimizer: options,
    ...givenSettings(method, options),
    ...switchedOn(method, options),
  };
  checkFamily(method, settings, minGroupSize);
  return settings;
}

/** The settings of options without a default, left out where they are not given, so that runs from before there were these can be resumed. */
function givenSettings(
  method: string,
  options: PolicyOptions & ClipOptions,
): Partial<FamilySettings> {
  const { dualClip, correction, credit, curriculum, replay, maxTokensPerUpdate } = options;
  return {
    ...(dualClip !== undefined && { dualClip }),
    ...(correction !== undefined && { correction: correctionSettings(method, correction) }),
    ...(credit !== undefined && { credit: creditSettings(method, credit) }),
    ...(curriculum !== undefined && { curriculum: curriculumSettings(method, curriculum) }),
    ...(replay !== undefined && { replay: replaySettings(method, replay) }),
    ...(maxTokensPerUpdate !== undefined && { maxTokensPerUpdate }),
  };
}

/** The switches that are on; those that are off are left out, likewise. */
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

/** The counts of a method that samples and updates, each at least 1. */
const counts = [
  "steps",
  "groupsPerStep",
  "minibatchesPerBatch",
  "epochsPerBatch",
  "maxStepsWithoutSignal",
] as const;

/** @throws OPTION_INVALID naming the first count that is no whole number of at least 1 */
export function checkCounts(
  check: OptionChecks,
  settings: Readonly<Record<(typeof counts)[number], number>>,
): void {
  for (const name of counts) check.whole(name, settings[name], { min: 1 });
}

function checkFamily(method: string, settings: FamilySettings, minGroupSize: number): void {
  const check = optionChecks(method);
  check.whole("groupSize", settings.groupSize, { min: minGroupSize });
  checkCounts(check, settings);
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
