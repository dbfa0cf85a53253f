/** The contract of rewards: a rollout in, a number out. */
import type { Reward, Rollout, Task } from "../core/rollout.ts";

/** An answered rollout before it has a reward, as a reward function is given it. One that failed is given to none. */
export interface UnscoredRollout<T extends Task = Task, Answer = unknown> extends Omit<
  Rollout<T, Answer>,
  "reward" | "isSuccess" | "answer" | "failure"
> {
  /** What the agent returned. */
  readonly answer: Answer;
  /** Nothing: a rollout that failed has no reward. */
  readonly failure: undefined;
}

/**
 * Scores a rollout; higher is better. A plain number counts as a success when it is above 0; a reward with the component
 * `success` (0 or 1) says so itself. An error that it throws fails the rollout, not the run.
 *
 * @example const reward: RewardFunction<Question, string> = ({ answer, task }) => (answer === task.answer ? 1 : 0);
 */
export type RewardFunction<T extends Task = Task, Answer = unknown> = (
  rollout: UnscoredRollout<T, Answer>,
) => number | Reward | Promise<number | Reward>;

/** What a reward of a group is given: every rollout of one task that was answered. */
export interface GroupRewardRequest<T extends Task = Task, Answer = unknown> {
  /** The task of all of them. */
  readonly task: T;
  /** At least one, in the order of their group; those that failed are left out. */
  readonly rollouts: readonly UnscoredRollout<T, Answer>[];
  /** Aborts at the deadline or when the run stops. */
  readonly signal: AbortSignal;
}

/**
 * Scores all rollouts of a task together: one reward for each, in their order. Undefined is no reward: that rollout fails at
 * the boundary "reward". An error that it throws fails all of them so.
 */
export type GroupRewardFunction<T extends Task = Task, Answer = unknown> = (
  request: GroupRewardRequest<T, Answer>,
) => readonly (number | Reward | undefined)[] | Promise<readonly (number | Reward | undefined)[]>;

/** A reward that sees the group, made by `groupReward`. */
export interface GroupReward<T extends Task = Task, Answer = unknown> {
  /** Scores a group. */
  readonly rewards: GroupRewardFunction<T, Answer>;
  /** The reward of held-out tasks, which are measured one by one. Absent: `rewards`, given what is tried of a task. */
  readonly heldOut?: RewardFunction<T, Answer>;
}
