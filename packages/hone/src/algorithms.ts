/** The entrance `hone-rl/algorithms`: ways of learning and the blocks they are made of. */
export {
  groupAdvantages,
  hasSignal,
  type AdvantageOptions,
} from "./algorithms/blocks/advantages.ts";
export {
  policyDatum,
  supervisedDatum,
  type KnownCuts,
  type PolicyDatumOptions,
  type SupervisedRow,
} from "./algorithms/blocks/datums.ts";
export { cispo, type CispoOptions } from "./algorithms/policy-gradient/cispo.ts";
export type { CreditOptions } from "./algorithms/policy-gradient/credit.ts";
export { dapo, type DapoOptions, type Overlong } from "./algorithms/policy-gradient/dapo.ts";
export { drGrpo, type DrGrpoOptions } from "./algorithms/policy-gradient/dr-grpo.ts";
export {
  type EpisodeSteps,
  type GaeOptions,
  generalizedAdvantages,
  type GeneralizedAdvantages,
} from "./algorithms/policy-gradient/gae.ts";
export { gmpo, type GmpoOptions } from "./algorithms/policy-gradient/gmpo.ts";
export { gspo, type GspoOptions } from "./algorithms/policy-gradient/gspo.ts";
export type { AdaptiveKl } from "./algorithms/policy-gradient/adaptive-kl.ts";
export { knownCuts } from "./algorithms/policy-gradient/policy-rows.ts";
export { ppo } from "./algorithms/policy-gradient/ppo.ts";
export type { PpoOptions } from "./algorithms/policy-gradient/ppo-options.ts";
export { reinforce, type ReinforceOptions } from "./algorithms/policy-gradient/reinforce.ts";
export {
  reinforcePlusPlus,
  type ReinforcePlusPlusOptions,
} from "./algorithms/policy-gradient/reinforce-plus-plus.ts";
export { rloo, type RlooOptions } from "./algorithms/policy-gradient/rloo.ts";
export type {
  ClipOptions,
  KlOptions,
  PolicyOptions,
  TokenWeightOptions,
} from "./algorithms/policy-gradient/policy-options.ts";
export type { CorrectionOptions } from "./algorithms/policy-gradient/sampler-correction.ts";
export type { Objectives } from "./algorithms/policy-gradient/objectives.ts";
export type { SequenceOptions } from "./algorithms/policy-gradient/sequence-method.ts";
export { grpo } from "./algorithms/policy-gradient/grpo.ts";
export type { GrpoOptions } from "./algorithms/policy-gradient/grpo-options.ts";
export { klDerivative, klEstimate, klWeights } from "./algorithms/blocks/kl.ts";
export {
  tokenWeights,
  type Normalization,
  type NormalizationOptions,
} from "./algorithms/policy-gradient/normalization.ts";
export { adamAt, type OptimizerOptions } from "./algorithms/blocks/optimizer.ts";
export type { KlEstimator } from "./ports/training-client.ts";
export { cpo, type CpoOptions } from "./algorithms/preferences/cpo.ts";
export { dpo, type DpoOptions } from "./algorithms/preferences/dpo.ts";
export { kto, type KtoOptions } from "./algorithms/preferences/kto.ts";
export { onlineDpo, type OnlineDpoOptions } from "./algorithms/preferences/online-dpo.ts";
export { orpo, type OrpoOptions } from "./algorithms/preferences/orpo.ts";
export type { PairOptions } from "./algorithms/preferences/pair-examples.ts";
export type { PairRows, RatedRow } from "./algorithms/preferences/preference-rows.ts";
export { rewardModel, type RewardModelOptions } from "./algorithms/preferences/reward-model.ts";
export { simpo, type SimpoOptions } from "./algorithms/preferences/simpo.ts";
export type { AnswerPair, RatedAnswer } from "./core/preference.ts";
export { learningRateShare, type ScheduleOptions } from "./algorithms/blocks/schedules.ts";
export {
  curriculumChances,
  type CurriculumOptions,
  drawByChance,
  type TaskRecord,
} from "./algorithms/blocks/curriculum.ts";
export { type FreshGroups, freshGroups, type StalenessLimit } from "./algorithms/blocks/replay.ts";
export {
  defineAlgorithm,
  type OwnAlgorithm,
  type OwnAlgorithmSettings,
  type OwnDefaults,
} from "./app/training/own-algorithm.ts";
export { distill, type DistillOptions } from "./algorithms/supervised/distill.ts";
export {
  distillOffPolicy,
  type DistillOffPolicyOptions,
} from "./algorithms/supervised/distill-off-policy.ts";
export type {
  OpenedTeacher,
  Teacher,
  TeacherContext,
} from "./algorithms/supervised/teacher-scores.ts";
export {
  expertIteration,
  type ExpertIterationOptions,
} from "./algorithms/supervised/expert-iteration.ts";
export {
  rewardWeighted,
  type RewardWeightedOptions,
} from "./algorithms/supervised/reward-weighted.ts";
export { rewardWeights, type RewardWeightOptions } from "./algorithms/supervised/reward-weights.ts";
export type { RewardWeightRule } from "./algorithms/supervised/reward-weight-choices.ts";
export { sft, type SftOptions } from "./algorithms/supervised/sft.ts";
export type { SupervisedData } from "./algorithms/supervised/supervised-data.ts";
export type { SupervisedStepOptions } from "./algorithms/supervised/supervised-steps.ts";
export { trajectoriesOf, type MergedRollout } from "./algorithms/blocks/trajectories.ts";
export { apo, type ApoOptions } from "./algorithms/prompts/apo.ts";
export { gepa, type GepaOptions } from "./algorithms/prompts/gepa.ts";
export type { PromptBudget, PromptSearchOptions } from "./algorithms/prompts/search-options.ts";
export type { PromptCandidate, PromptMethod } from "./ports/prompt-method.ts";
