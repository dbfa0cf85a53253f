/** The two kinds of tasks of this domain, in one environment: those of its own shops, and those that were imported from τ²-bench. */
import { HoneError } from "../../core/errors.ts";
import type { Reward } from "../../core/rollout.ts";
import type { DomainExpertOptions } from "../../environments/domain.ts";
import type { ActionAgent } from "../../environments/run-episode.ts";
import type { Episode, SynchronousEnvironment } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { serviceEnvironment, type ServiceEnvironmentOptions } from "./environment.ts";
import { serviceExpert } from "./expert.ts";
import { retailEnvironment } from "./retail/retail-environment.ts";
import { retailEpisodeReward } from "./retail/retail-rewards.ts";
import { isRetailTask, type RetailTask } from "./retail/retail-task.ts";
import { RETAIL_NOTE } from "./retail/retail-desk.ts";
import { serviceEpisodeReward } from "./rewards.ts";
import { problemOf, type ServiceTask } from "./tasks.ts";

/** A task of either kind. */
export type TauTask = ServiceTask | RetailTask;

/** An environment for tasks of both kinds. @throws as `serviceEnvironment` and `retailEnvironment` */
export function tauEnvironment(
  options: ServiceEnvironmentOptions,
): SynchronousEnvironment<TauTask> {
  const [service, retail] = [serviceEnvironment(options), retailEnvironment(options)];
  let current: Pick<SynchronousEnvironment, "validActions" | "step"> = service;
  return {
    reset(task, seed) {
      current = isRetailTask(task) ? retail : service;
      return isRetailTask(task) ? retail.reset(task, seed) : service.reset(task, seed);
    },
    validActions: () => current.validActions(),
    step: (action) => current.step(action),
  };
}

/** The reward of a rollout of `environmentAgent` on a task of either kind. */
export const tauReward = ({ task, answer }: UnscoredRollout<TauTask, Episode>): Reward =>
  isRetailTask(task) ? retailEpisodeReward(task, answer) : serviceEpisodeReward(task, answer);

/** The expert of the domain's own shops. @throws DOMAIN_EXPERT_ABSENT for a task of τ²-bench */
export function tauExpert(options: DomainExpertOptions): ActionAgent {
  const expert = serviceExpert(options);
  return {
    selectAction(state, validActions, steps) {
      if ((steps[0]?.state ?? state).startsWith(RETAIL_NOTE))
        throw new HoneError("DOMAIN_EXPERT_ABSENT", { domain: "tau (tasks of τ²-bench)" });
      return expert.selectAction(state, validActions, steps);
    },
  };
}

/** A task as its domain's `problem` reads it; of a task of τ²-bench what the customer says first. */
export const tauProblem = (task: TauTask): string =>
  isRetailTask(task) ? task.customer.reason : problemOf(task);
