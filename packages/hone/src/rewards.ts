/** The entrance `hone-rl/rewards`: numbers for what agents did, by rules, judges and people. */
export {
  groupReward,
  judgedGroup,
  type GroupRewardOptions,
  type JudgedGroupOptions,
} from "./rewards/group-reward.ts";
export type { GroupReward, GroupRewardFunction, GroupRewardRequest } from "./ports/reward.ts";
export { exactAnswer, numericAnswer, type AnsweredTask } from "./rewards/answer-rewards.ts";
export { answerQuality, wordF1, type AnswerQuality } from "./rewards/answer-quality.ts";
export { externalMetric, type ExternalMetricOptions } from "./rewards/external-metric.ts";
export { feedbackAgreement, type FeedbackAgreement } from "./rewards/feedback-agreement.ts";
export { feedbackRewards, type FeedbackReward } from "./rewards/feedback-rewards.ts";
export {
  absoluteJudge,
  judgeComponent,
  type AbsoluteJudgeOptions,
} from "./rewards/judges/absolute-judge.ts";
export { memoryVerdictCache, type JudgeOptions } from "./rewards/judges/judge-desk.ts";
export { pairJudge, type PairJudgeOptions } from "./rewards/judges/pair-judge.ts";
export {
  defaultRubric,
  orderAgreement,
  relativeJudge,
  type RelativeJudgeOptions,
} from "./rewards/judges/relative-judge.ts";
export {
  combineObjectives,
  type ObjectiveOptions,
  type ObjectiveScale,
} from "./rewards/objectives.ts";
export {
  preferencePairs,
  type LeftOut,
  type PairOptions,
  type PreferencePairs,
} from "./rewards/preference-pairs.ts";
export {
  cohenKappa,
  fleissKappa,
  krippendorffAlpha,
  type AlphaScale,
  type Rating,
} from "./rewards/rater-agreement.ts";
export {
  RewardComponent,
  rewardComponent,
  RewardComputer,
  type ComponentOptions,
  type ComponentValue,
  type RewardComputerOptions,
  type RewardRange,
} from "./rewards/reward-computer.ts";
export { outcomeOf } from "./rewards/team-outcome.ts";
export {
  coordinationReward,
  restartReward,
  restartRewards,
  teamRewards,
  votingReward,
  type CoordinationFacts,
  type TeamCredit,
  type TeamPart,
  type TeamRewardOptions,
  type TeamRewards,
} from "./rewards/team-rewards.ts";
export {
  toolReward,
  toolRewardOf,
  type ToolExecution,
  type Usefulness,
} from "./rewards/tool-reward.ts";
export {
  traceRewards,
  type TraceRewardOptions,
  type TraceRewardPart,
} from "./rewards/trace-rewards.ts";
export {
  completionOf,
  efficiencyOf,
  reasoningOf,
  type RewardedTrajectory,
  trajectoryReward,
  trajectoryWeights,
  type StepLimits,
  type TrajectoryPart,
  type TrajectoryRewardOptions,
} from "./rewards/trajectory-reward.ts";
export { readFeedback, readFeedbackFile, writeFeedback } from "./formats/feedback-format.ts";
export { readPreferences, writePreferences } from "./formats/preference-format.ts";
export { readRewards, writeRewards, type RewardRow } from "./formats/reward-format.ts";
export type {
  ComparisonFeedback,
  CorrectionFeedback,
  Feedback,
  RatingFeedback,
} from "./core/feedback.ts";
export type { PreferencePair } from "./core/preference.ts";
export type { Reward, RewardSource } from "./core/rollout.ts";
export type { Trace, TraceReward } from "./core/trace.ts";
export type { UnifiedTrajectory } from "./core/unified-trajectory.ts";
export type {
  AbsoluteJudge,
  AbsoluteVerdict,
  ExcludedVerdict,
  JudgedContent,
  JudgeReport,
  PairJudge,
  PairVerdict,
  RelativeJudge,
  RelativeVerdict,
  VerdictCache,
} from "./ports/judge.ts";
export { judgedTurns, type JudgedTurnsOptions, turnCriteria } from "./rewards/judged-turns.ts";
