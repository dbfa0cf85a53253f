/** Business situations, as a domain for every command that takes one. */
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import { compactBusinessFormat, instructedBusinessFormat } from "./format.ts";
import { businessEnvironment, businessMaxActions } from "./environment.ts";
import { businessExpert } from "./expert.ts";
import { businessReward } from "./rewards.ts";
import { type BusinessLevel, type BusinessTask, businessTask, businessTasks } from "./tasks.ts";

/** Business situations: tasks, environment, reward, expert and wording. */
export const businessDomain: DomainDefinition<BusinessTask> = defineDomain({
  levels: 4,
  // businessTasks refuses levels that do not exist.
  tasks: ({ levels, ...rest }) =>
    businessTasks({ ...rest, levels: levels as readonly BusinessLevel[] }),
  environment: businessEnvironment,
  maxActions: businessMaxActions,
  reward: businessReward,
  expert: businessExpert,
  problem: businessTask,
  problemText: ({ situation }) => situation,
  format: { compact: compactBusinessFormat, instructed: instructedBusinessFormat },
});
