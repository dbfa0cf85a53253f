/**
 * Chooses the tasks and seeds of each training step, and runs their rollouts in groups.
 *
 * Every task is used once, in an order shuffled by (seed, epoch), before any is used again. A step's tasks and seeds are a
 * function of (seed, step), so a resumed run needs only its step number.
 */
import { HoneError } from "../core/errors.ts";
import { Random, randomBits } from "../core/random.ts";
import type { RolloutGroup, Task } from "../core/rollout.ts";
import type { RolloutJob, RolloutRunner } from "../ports/rollout-runner.ts";
import type { GroupsRequest, RolloutSource } from "../ports/rollout-source.ts";

/** The tasks of a source, and what runs them. */
export interface RolloutSourceOptions<T extends Task, Answer> {
  readonly tasks: readonly T[];
  readonly runner: RolloutRunner<T, Answer>;
  /** The run's seed. Default 0. */
  readonly seed?: number;
}

/**
 * A source of rollout groups for an algorithm.
 * @throws DATA_EMPTY without tasks
 * @example rolloutSource({ tasks, runner: rolloutRunner({ agent, reward, chatModel }), seed: 1 })
 */
export function rolloutSource<T extends Task, Answer>(
  options: RolloutSourceOptions<T, Answer>,
): RolloutSource {
  const { tasks, runner, seed = 0 } = options;
  if (tasks.length === 0)
    throw new HoneError("DATA_EMPTY", { where: "rolloutSource: tasks", item: "task" });
  return {
    async groups(request) {
      const { policy, groupSize, signal } = request;
      const ids = tasks.map(({ id }) => id);
      const chosen =
        request.choose?.(ids, request).map((index) => tasks[index]!) ??
        tasksOfStep(tasks, request, seed);
      const jobs = chosen.flatMap((task, group) =>
        jobsOf(task, (request.firstGroup ?? 0) + group, request, seed),
      );
      const rollouts = await runner.run({ policy, jobs, ...(signal ? { signal } : {}) });
      return chosen.map((task, group): RolloutGroup => {
        const first = group * groupSize;
        return {
          task,
          rollouts: rollouts.slice(first, first + groupSize) as RolloutGroup["rollouts"],
        };
      });
    },
  };
}

/**
 * The tasks of a step, counted from 1: those at (s − 1)·groupCount … of the endless shuffled order for step s. Further groups of a
 * step have an order of the step's own, so that what one step asked for changes no other.
 */
export function tasksOfStep<T>(
  tasks: readonly T[],
  { step, groupCount, firstGroup = 0 }: Pick<GroupsRequest, "step" | "groupCount" | "firstGroup">,
  seed: number,
): readonly T[] {
  if (firstGroup > 0) {
    const order = new Random("further tasks", seed, step).shuffle(tasks);
    return Array.from(
      { length: groupCount },
      (_, group) => order[(firstGroup + group) % order.length]!,
    );
  }
  const orders = new Map<number, readonly T[]>();
  return Array.from({ length: groupCount }, (_, group) => {
    const place = (step - 1) * groupCount + group;
    const epoch = Math.floor(place / tasks.length);
    const order = orders.get(epoch) ?? new Random("task order", seed, epoch).shuffle(tasks);
    orders.set(epoch, order);
    return order[place - epoch * tasks.length]!;
  });
}

function jobsOf<T extends Task>(
  task: T,
  group: number,
  { step, groupSize }: GroupsRequest,
  seed: number,
): readonly RolloutJob<T>[] {
  const two = (value: number): string => String(value).padStart(2, "0");
  return Array.from({ length: groupSize }, (_, index) => ({
    id: `step-${String(step).padStart(5, "0")}-group-${two(group)}-rollout-${two(index)}`,
    task,
    group,
    seed: randomBits("rollout", seed, step, task.id, group * groupSize + index),
  }));
}
