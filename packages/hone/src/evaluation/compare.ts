/** The difference of two evaluations, after − before, task by task. */
import { HoneError } from "../core/errors.ts";
import type { Evaluation, TaskRecord } from "./evaluate.ts";
import { bootstrapMean, type Interval, pairedShareDifference } from "./intervals.ts";

/** The difference at one task, after − before. */
export interface TaskDifference {
  /** The task's id. */
  readonly taskId: string;
  /** Difference of the shares of its tries that succeeded. */
  readonly success: number;
  /** Difference of its mean rewards; undefined when one side has no scored rollout of the task. */
  readonly reward: number | undefined;
}

/** The difference of two evaluations, after − before. */
export interface Comparison {
  /** Difference of the success rates, Newcombe's interval for paired shares (`pairedShareDifference`). */
  readonly success: Interval;
  /** Mean difference of the rewards, paired bootstrap over tasks; undefined when no task has a reward on both sides. */
  readonly reward: Interval | undefined;
  /** The number of tasks. */
  readonly taskCount: number;
  /** Tasks left out of `reward` because one side has no scored rollout of them. */
  readonly unscoredTaskCount: number;
  /** Tasks with more success. */
  readonly better: number;
  /** Tasks with less success. */
  readonly worse: number;
  /** Tasks with as much success as before. */
  readonly equal: number;
  /** The difference of each task, in the order of the first evaluation. */
  readonly tasks: readonly TaskDifference[];
}

/**
 * Compares two evaluations of the same tasks.
 *
 * @throws EVALUATIONS_DIFFER when the tasks or the mode are not the same
 * @example
 * const { success } = compare(before, after);
 * if (success.low > 0) console.log("better");
 */
export function compare(
  before: Pick<Evaluation, "mode" | "tasks">,
  after: Pick<Evaluation, "mode" | "tasks">,
  { seed = 0 }: { readonly seed?: number } = {},
): Comparison {
  const pairs = pairsOf(before, after);
  const tasks = pairs.map(({ first, second }) => differenceOf(first, second));
  const rewards = tasks.flatMap(({ reward }) => (reward === undefined ? [] : [reward]));
  return {
    success: pairedShareDifference(
      pairs.map(({ first }) => first.success),
      pairs.map(({ second }) => second.success),
    ),
    reward: rewards.length === 0 ? undefined : bootstrapMean(rewards, { seed }),
    taskCount: tasks.length,
    unscoredTaskCount: tasks.length - rewards.length,
    better: tasks.filter(({ success }) => success > 0).length,
    worse: tasks.filter(({ success }) => success < 0).length,
    equal: tasks.filter(({ success }) => success === 0).length,
    tasks,
  };
}

interface Pair {
  readonly first: TaskRecord;
  readonly second: TaskRecord;
}

function pairsOf(
  before: Pick<Evaluation, "mode" | "tasks">,
  after: Pick<Evaluation, "mode" | "tasks">,
): readonly Pair[] {
  if (before.mode !== after.mode) {
    throw differ(
      `the first was made in the mode "${before.mode}", the second in the mode "${after.mode}"`,
    );
  }
  const records = new Map(after.tasks.map((record) => [record.taskId, record]));
  const pairs = before.tasks.map((first) => {
    const second = records.get(first.taskId);
    if (!second) throw differ(`the task "${first.taskId}" is missing in the second`);
    return { first, second };
  });
  if (pairs.length < records.size) {
    throw differ(`the first has ${pairs.length} tasks, the second ${records.size}`);
  }
  return pairs;
}

const differ = (difference: string): HoneError =>
  new HoneError("EVALUATIONS_DIFFER", { difference });

const differenceOf = (first: TaskRecord, second: TaskRecord): TaskDifference => ({
  taskId: first.taskId,
  success: second.success - first.success,
  reward:
    first.reward === undefined || second.reward === undefined
      ? undefined
      : second.reward - first.reward,
});
