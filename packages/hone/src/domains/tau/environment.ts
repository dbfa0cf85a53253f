/**
 * The environment of a service desk: an agent talks with a customer and works on the shop's database by tools, within a policy.
 *
 *     Please cancel my order 17. → say Please tell me your email. → My email is ada. → find_customer ada → customer ada: orders 17, 23, 40
 *        → get_order 17 → order 17: customer ada, lamp, pending, 5 days, Oslo → say Please confirm: cancel order 17. → Yes.
 *        → cancel_order 17 → cancelled 17 → say It is done. → Thank you, goodbye.
 *
 * The customer's last word ends the episode. Each step pays by how much the score of the conversation rises (`scoreDesk`).
 */
import { checkOptions } from "../../core/known-options.ts";
import { type ActionOutcome, afterTheEnd, episodeEnd } from "../../environments/episode-end.ts";
import type { Action, SynchronousEnvironment } from "../../ports/environment.ts";
import { actionNames, type Desk, INVALID, openDesk } from "./desk.ts";
import { INVALID_COST, scoreDesk } from "./rewards.ts";
import type { ServiceTask } from "./tasks.ts";

/** Actions until an episode is cut off, by default. */
export const serviceMaxActions = 24;

/** The limits of `serviceEnvironment`. */
export interface ServiceEnvironmentOptions {
  /** Actions until the episode is cut off. Default 24. */
  readonly maxActions?: number;
}

/**
 * A new environment of a service desk, for one episode at a time. README.md has policy, actions and rewards.
 *
 * @throws OPTION_INVALID for an unknown option or a `maxActions` that is not a whole number of at least 1
 * @example
 * const environment = serviceEnvironment();
 * environment.reset(serviceTasks({ split: "train", count: 1 })[0]!, 0); // what the customer says first
 * environment.step({ name: "say", argument: "Please tell me your email." }).observation; // "My email is ada."
 */
export function serviceEnvironment(
  options: ServiceEnvironmentOptions = {},
): SynchronousEnvironment<ServiceTask> {
  const where = "serviceEnvironment";
  checkOptions(where, options, { maxActions: true });
  const end = episodeEnd(where, options.maxActions ?? serviceMaxActions);
  let progress: Progress | undefined;
  return {
    reset(task) {
      progress?.desk.database.close();
      progress = { task, desk: openDesk(task), score: 0 };
      end.begin();
      return progress.desk.user.opening;
    },
    validActions: () => (end.isOver() ? [] : actionNames),
    step(action) {
      if (!progress || end.isOver()) return afterTheEnd;
      const result = end.result(outcomeOf(progress, action));
      if (end.isOver()) progress.desk.database.close();
      return result;
    },
  };
}

/** How far an episode is. */
interface Progress {
  readonly task: ServiceTask;
  readonly desk: Desk;
  /** What was paid until now, without costs. */
  score: number;
}

function outcomeOf(progress: Progress, action: Action): ActionOutcome {
  const { task, desk } = progress;
  const observation = desk.act(action);
  const isValid = !observation.startsWith(INVALID);
  const { total, completion } = scoreDesk(task, desk);
  const gained = total - progress.score;
  progress.score = total;
  return {
    observation,
    reward: isValid ? gained : INVALID_COST,
    isEnd: desk.user.current() === undefined,
    isSuccess: completion === 1,
    isValid,
  };
}
