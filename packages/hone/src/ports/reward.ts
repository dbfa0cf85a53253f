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
