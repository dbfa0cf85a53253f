/** The entrance `hone-rl`: train an agent, see that it got better. Loads no native code until something is trained. */
export { train, trainEvents } from "./app/training/train.ts";
export type { TrainOptions } from "./app/training/train-options.ts";
export {
  evaluate,
  type EvaluateConversationsOptions,
  type EvaluateOptions,
  type EvaluateResult,
} from "./app/training/evaluate-agent.ts";
export {
  type OpenedMultimodalAgent,
  openMultimodalAgent,
  type OpenMultimodalAgentOptions,
} from "./app/images/open-multimodal-agent.ts";
export { openPolicy, type Policy, type PolicyOptions } from "./app/models/policy.ts";
export type { PipelineEvent, TrainResult } from "./app/training/pipeline-events.ts";
export type { RunWarning } from "./app/training/run-warnings.ts";
export { grpo } from "./algorithms/policy-gradient/grpo.ts";
export type { GrpoOptions } from "./algorithms/policy-gradient/grpo-options.ts";
export { sft, type SftOptions } from "./algorithms/supervised/sft.ts";
export {
  readTrajectories,
  type ReadTrajectories,
  type ReadTrajectoriesOptions,
} from "./app/data/all-trajectories.ts";
export {
  createRlDataset,
  type RlDataset,
  type RlDatasetOptions,
  type RlExample,
} from "./app/data/rl-dataset.ts";
export { apo, type ApoOptions } from "./algorithms/prompts/apo.ts";
export { gepa, type GepaOptions } from "./algorithms/prompts/gepa.ts";
export { optimizePrompts, type OptimizePromptsOptions } from "./app/prompts/optimize-prompts.ts";
export type { PromptEvent, PromptResult } from "./app/prompts/prompt-events.ts";
export { fillPrompt, type Prompts } from "./core/prompts.ts";
export { distill, type DistillOptions } from "./algorithms/supervised/distill.ts";
export type { Teacher, TeacherContext } from "./algorithms/supervised/teacher-scores.ts";
export {
  modelReward,
  type ModelReward,
  type ModelRewardOptions,
} from "./app/models/model-reward.ts";
export { modelTeacher } from "./app/models/model-teacher.ts";
export { environmentAgent } from "./environments/environment-agent.ts";
export { rolloutsOf, type RolloutsOfOptions } from "./app/training/stored/rollouts-of.ts";
export type {
  StoredGroup,
  StoredRollout,
  StoredRollouts,
  StoredRolloutsQuery,
} from "./rollouts/stored-rollouts.ts";
export { openQueue, openStore, type OpenStoreOptions } from "./app/open-store.ts";
export { work, type WorkerCounts, type WorkSettings } from "./app/workers/work.ts";
export { workProgram, type WorkProgram } from "./app/workers/work-programs.ts";
export {
  serveStore,
  type ServeStoreSettings,
  type ServingStore,
} from "./app/serving/serve-store.ts";
export { serveUi, type ServeUiSettings, type ServingUi } from "./app/ui/serve-ui.ts";
export { HoneError, isError, isHoneError, type ErrorCode } from "./core/errors.ts";
export type { Message } from "./core/message.ts";
export type { Reward, Rollout, Task } from "./core/rollout.ts";
export type { Agent, AgentContext, ChatAgent } from "./ports/agent.ts";
export type { ChatModel } from "./ports/chat-model.ts";
export type { PolicyLanguageModel } from "./ports/language-model.ts";
export type { Action, ActionEnvironment, Episode } from "./ports/environment.ts";
export type { RolloutQueue } from "./ports/rollout-queue.ts";
export type { TraceBatch, TraceStore } from "./ports/trace-store.ts";
export type { RewardFunction } from "./ports/reward.ts";
