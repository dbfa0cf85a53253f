/** The entrance `hone-rl/algorithms`: ways of learning and the blocks they are made of. */
export { groupAdvantages, hasSignal, type AdvantageOptions } from "./algorithms/advantages.ts";
export {
  policyDatum,
  supervisedDatum,
  type PolicyDatumOptions,
  type SupervisedRow,
} from "./algorithms/datums.ts";
export { grpo } from "./algorithms/grpo.ts";
export type { GrpoOptions } from "./algorithms/grpo-options.ts";
export { klDerivative, klEstimate, klWeights } from "./algorithms/kl.ts";
export {
  tokenWeights,
  type Normalization,
  type NormalizationOptions,
} from "./algorithms/normalization.ts";
export type { OptimizerOptions } from "./algorithms/optimizer.ts";
export type { KlEstimator } from "./ports/training-client.ts";
export { learningRateShare, type ScheduleOptions } from "./algorithms/schedules.ts";
export { sft, type SftOptions } from "./algorithms/sft.ts";
export { trajectoriesOf, type MergedRollout } from "./algorithms/trajectories.ts";
