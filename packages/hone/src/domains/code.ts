/** Programming problems, solved by writing and testing a function in a sandbox. Rules and rewards: code/README.md. */
export {
  type CodeRunner,
  codeRunner,
  type CodeRunnerOptions,
  type Outcome,
  type ProgramOutcome,
  type TriedProgram,
} from "./code/code-runner.ts";
export { codeEnvironment, type CodeEnvironmentOptions, codeRewards } from "./code/environment.ts";
export { codeExpert, type CodeExpertOptions } from "./code/expert.ts";
export { compactCodeFormat, instructedCodeFormat } from "./code/format.ts";
export type { CodeLanguage } from "./code/operations.ts";
export { codeEpisodeReward, codeReward } from "./code/rewards.ts";
export {
  type CodeLevel,
  type CodeTask,
  codeTask,
  type CodeTaskOptions,
  codeTasks,
  type CodeTasksOptions,
  splitOfProblem,
} from "./code/tasks.ts";
export { writtenFunction } from "./code/written-function.ts";
