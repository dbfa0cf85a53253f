/** Customers of a shop, as a domain for every command that takes one. */
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import { tauEnvironment, tauExpert, tauProblem, tauReward, type TauTask } from "./any-shop.ts";
import { serviceMaxActions } from "./environment.ts";
import { compactServiceFormat, instructedServiceFormat } from "./format.ts";
import { saidWords } from "./rewards.ts";
import { type ServiceLevel, serviceTask, serviceTasks } from "./tasks.ts";

/** Customers of a shop: tasks, environment, reward, expert and wording. */
export const tauDomain: DomainDefinition<TauTask> = defineDomain<TauTask>({
  levels: 3,
  // serviceTasks refuses levels that do not exist.
  tasks: ({ levels, ...rest }) =>
    serviceTasks({ ...rest, levels: levels as readonly ServiceLevel[] }),
  environment: tauEnvironment,
  maxActions: serviceMaxActions,
  reward: tauReward,
  expert: tauExpert,
  problem: serviceTask,
  problemText: tauProblem,
  solution: saidWords,
  format: { compact: compactServiceFormat, instructed: instructedServiceFormat },
});
