/**
 * The entrance `hone-rl/testing`: contracts as test suites, and doubles that are exact and need no engine.
 *
 * The contracts run under vitest, which the importing project installs.
 */
export {
  environmentContract,
  type DefineTest,
  type EnvironmentContractOptions,
} from "./testing/environment-contract.ts";
export { FixedLogProbsClient } from "./testing/fixed-log-probs-client.ts";
export { improvementMatchers } from "./app/training/improvement-matchers.ts";
export { letterRenderer, type LetterRenderer } from "./testing/letter-renderer.ts";
export {
  rolloutQueueContract,
  type RolloutQueueContractOptions,
} from "./testing/rollout-queue-contract.ts";
export { RecordingTracer } from "./testing/recording-tracer.ts";
export {
  samplingClientContract,
  type SamplingContractOptions,
} from "./testing/sampling-client-contract.ts";
export {
  scriptedCritic,
  type ScriptedCritic,
  scriptedTrials,
  type ScriptedTrials,
} from "./testing/scripted-prompts.ts";
export {
  type ContractPrograms,
  sandboxContract,
  type SandboxContractOptions,
} from "./testing/sandbox-contract.ts";
export { sampleTrace, sampleTraces, type SampleTraceOptions } from "./testing/sample-traces.ts";
export {
  tabularCritic,
  type TabularCritic,
  type TabularCriticOptions,
} from "./testing/tabular-critic.ts";
export { TabularPolicy, type TabularOptions } from "./testing/tabular-policy.ts";
export { TabularSamplingClient } from "./testing/tabular-sampling-client.ts";
export {
  tabularTrainingClient,
  type TabularTrainingClient,
  type TabularTrainingOptions,
} from "./testing/tabular-training-client.ts";
export { tokenRollouts, type TokenRolloutOptions } from "./testing/token-rollouts.ts";
export {
  trainingClientContract,
  type TrainingContractOptions,
} from "./testing/training-client-contract.ts";
export {
  traceStoreContract,
  type TraceStoreContractOptions,
} from "./testing/trace-store-contract.ts";
