/** Tasks of τ²-bench's shop as a domain for every command that takes one. The first observation says the policy and the actions. */
import { defineDomain, type DomainDefinition } from "../../../environments/domain.ts";
import { saidWords } from "../rewards.ts";
import { customerEnvironment } from "./customer-environment.ts";
import { retailMaxActions } from "./retail-environment.ts";
import { retailExpert } from "./retail-expert.ts";
import { retailEpisodeReward } from "./retail-rewards.ts";
import type { RetailTask } from "../../../data/tau2/retail-task.ts";

/** The domain of tasks that were imported. */
export const retailDomain = (tasks: {
  readonly train: readonly RetailTask[];
  readonly test: readonly RetailTask[];
}): DomainDefinition<RetailTask> =>
  defineDomain<RetailTask>({
    tasks,
    environment: customerEnvironment,
    maxActions: retailMaxActions,
    reward: ({ task, answer }) => retailEpisodeReward(task, answer),
    expert: retailExpert,
    problemText: ({ customer }) => customer.reason,
    solution: saidWords,
  });
