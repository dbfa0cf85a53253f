/** Customers of a shop, as a domain for every command that takes one. */
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import { serviceEnvironment, serviceMaxActions } from "./environment.ts";
import { serviceExpert } from "./expert.ts";
import { compactServiceFormat, instructedServiceFormat } from "./format.ts";
import { saidWords, serviceEpisodeReward } from "./rewards.ts";
import {
  problemOf,
  type ServiceLevel,
  type ServiceTask,
  serviceTask,
  serviceTasks,
} from "./tasks.ts";

/** Customers of a shop: tasks, environment, reward, expert and wording. */
export const tauDomain: DomainDefinition<ServiceTask> = defineDomain<ServiceTask>({
  levels: 3,
  // serviceTasks refuses levels that do not exist.
  tasks: ({ levels, ...rest }) =>
    serviceTasks({ ...rest, levels: levels as readonly ServiceLevel[] }),
  environment: serviceEnvironment,
  maxActions: serviceMaxActions,
  reward: ({ task, answer }) => serviceEpisodeReward(task, answer),
  expert: serviceExpert,
  problem: serviceTask,
  problemText: problemOf,
  solution: saidWords,
  format: { compact: compactServiceFormat, instructed: instructedServiceFormat },
});
