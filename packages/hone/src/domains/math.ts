/** Linear equations, solved by discrete actions. Rules and rewards: math/README.md. */
export { mathEnvironment, type MathEnvironmentOptions, mathRewards } from "./math/environment.ts";
export {
  expertEpisodes,
  type ExpertEpisodesOptions,
  mathExpert,
  type MathExpertOptions,
} from "./math/expert.ts";
export { compactMathFormat, instructedMathFormat } from "./math/format.ts";
export { episodeReward, mathReward } from "./math/rewards.ts";
export {
  type EquationTask,
  equationTask,
  equationTasks,
  type EquationTasksOptions,
  type MathLevel,
  mathProblem,
  splitOf,
} from "./math/tasks.ts";
