/** A rollout in, a number out. */
import type { Reward, Rollout, Task } from "../core/rollout.ts";

/** What a reward sees: the rollout before it has one. */
export type UnscoredRollout<T extends Task = Task, Answer = unknown> = Omit<
  Rollout<T, Answer>,
  "reward" | "isSuccess"
>;

/** A plain number becomes a rule reward with success = total > 0; components.success (0 or 1) overrides that. */
export type RewardFunction<T extends Task = Task, Answer = unknown> = (
  rollout: UnscoredRollout<T, Answer>,
) => number | Reward | Promise<number | Reward>;
