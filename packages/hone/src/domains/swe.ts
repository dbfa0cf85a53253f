/** Repositories with failing tests, repaired by an agent and judged by hidden tests. Rules and rewards: swe/README.md. */
export type { ScriptResult, Shell } from "./swe/commands.ts";
export {
  type SweEnvironment,
  sweEnvironment,
  type SweEnvironmentOptions,
  type SweTools,
  sweTools,
} from "./swe/environment.ts";
export { sweExpert, type SweExpertOptions } from "./swe/expert.ts";
export { compactSweFormat, instructedSweFormat } from "./swe/format.ts";
export { sweEpisodeReward, sweReward } from "./swe/rewards.ts";
export { type SweScore } from "./swe/score.ts";
export {
  type Files,
  type SweLevel,
  type SweTask,
  sweTask,
  sweTasks,
  type SweTasksOptions,
} from "./swe/tasks.ts";
export {
  type TestOutcome,
  type TestRunner,
  testRunner,
  type TestRunnerOptions,
} from "./swe/test-runner.ts";
