/** Business decisions, made by discrete actions in simulated situations. Rules and rewards: business/README.md. */
export {
  businessEnvironment,
  type BusinessEnvironmentOptions,
  businessRewards,
} from "./business/environment.ts";
export { businessExpert, type BusinessExpertOptions } from "./business/expert.ts";
export { compactBusinessFormat, instructedBusinessFormat } from "./business/format.ts";
export { businessEpisodeReward, businessReward } from "./business/rewards.ts";
export { type Outlook, outlookOf, type Verdict, verdictOn } from "./business/simulator.ts";
export {
  type Amounts,
  type BusinessOption,
  formatSituation,
  type LimitName,
  parseSituation,
  type Situation,
} from "./business/situation.ts";
export {
  type BusinessLevel,
  type BusinessTask,
  businessTask,
  businessTasks,
  type BusinessTasksOptions,
  splitOf,
} from "./business/tasks.ts";
