/** The entrance `hone-rl/evaluation`: is it better? Measurements with their intervals, and the difference of two. */
export {
  evaluate,
  type EvaluateConversationsOptions,
  type EvaluateOptions,
  type EvaluateResult,
  type MeasureOptions,
} from "./app/training/evaluate-agent.ts";
export type { ParameterCounts } from "./app/models/count-parameters.ts";
export {
  type ModelName,
  type NamedByFolder,
  openPolicy,
  type Policy,
  type PolicyOptions,
} from "./app/models/policy.ts";
export { type AtK, bestAt, passAt, type PassAtOptions } from "./evaluation/at-k.ts";
export { compare, type Comparison, type TaskDifference } from "./evaluation/compare.ts";
export type { Evaluation, Measured, TaskRecord } from "./evaluation/evaluate.ts";
export {
  bootstrapMean,
  type Interval,
  pairedShareDifference,
  wilson,
} from "./evaluation/intervals.ts";
