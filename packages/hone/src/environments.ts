/** The entrance `hone-rl/environments`: worlds that agents act in, and domains made of them. */
export { majorityAgent, randomAgent } from "./environments/baseline-agents.ts";
export { actionOf, type ChatFormat, conversationOf } from "./environments/chat-format.ts";
export {
  defineDomain,
  type DomainDefinition,
  type DomainExpertOptions,
  type DomainFormats,
  type DomainTasksOptions,
} from "./environments/domain.ts";
export {
  environmentAgent,
  type EnvironmentAgentOptions,
} from "./environments/environment-agent.ts";
export {
  type ActionAgent,
  runEpisode,
  type RunEpisodeOptions,
} from "./environments/run-episode.ts";
export type {
  Action,
  ActionEnvironment,
  Episode,
  EpisodeStep,
  StepResult,
  SynchronousEnvironment,
} from "./ports/environment.ts";
export type { UnscoredRollout } from "./ports/reward.ts";
export {
  type DefineTest,
  environmentContract,
  type EnvironmentContractOptions,
} from "./testing/environment-contract.ts";
