/** The entrance `hone-rl/algorithms`: ways of learning and the blocks they are made of. */
export {
  groupAdvantages,
  hasSignal,
  type AdvantageOptions,
} from "./algorithms/blocks/advantages.ts";
export {
  policyDatum,
  supervisedDatum,
  type PolicyDatumOptions,
  type SupervisedRow,
} from "./algorithms/blocks/datums.ts";
export { grpo } from "./algorithms/policy-gradient/grpo.ts";
export type { GrpoOptions } from "./algorithms/policy-gradient/grpo-options.ts";
export { klDerivative, klEstimate, klWeights } from "./algorithms/blocks/kl.ts";
export {
  tokenWeights,
  type Normalization,
  type NormalizationOptions,
} from "./algorithms/policy-gradient/normalization.ts";
export type { OptimizerOptions } from "./algorithms/blocks/optimizer.ts";
export type { KlEstimator } from "./ports/training-client.ts";
export { learningRateShare, type ScheduleOptions } from "./algorithms/blocks/schedules.ts";
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
