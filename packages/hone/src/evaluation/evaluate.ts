/** Measures a policy on held-out tasks: success rate and mean reward, each with a 95 % interval. */
import { HoneError } from "../core/errors.ts";
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import { type OptionChecks, optionChecks } from "../core/option-checks.ts";
import { randomBits } from "../core/random.ts";
import type { Prompts } from "../core/prompts.ts";
import { levelOf, levelsOf, metricMeans, partMeans } from "../core/reward-parts.ts";
import type { Boundary, Rollout, Task } from "../core/rollout.ts";
import type { RolloutRunner } from "../ports/rollout-runner.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { type AtK, bestOfN, passAtK, type TaskTries } from "./at-k.ts";
import { countOutcomes } from "./outcomes.ts";
import { bootstrapMean, type Interval, wilson, sum } from "./intervals.ts";

/** What is evaluated, and how. */
export interface EvaluatePolicyOptions<T extends Task, Answer> {
  readonly policy: SamplingClient;
  readonly tasks: readonly T[];
  readonly runner: RolloutRunner<T, Answer>;
  /** "greedy" takes the most likely token; "sampled" samples as the runner's chat model is configured. Default "greedy". */
  readonly mode?: "greedy" | "sampled";
  /** Rollouts per task. Default 1. */
  readonly samplesPerTask?: number;
  /** Decides every draw, together with task and sample. Default 0. */
  readonly seed?: number;
  /** The prompts that the agent is given. Default: none. */
  readonly prompts?: Prompts;
  readonly signal?: AbortSignal;
}

const check: OptionChecks = optionChecks("evaluate");

const optionNames: OptionNames<EvaluatePolicyOptions<Task, unknown>> = {
  policy: true,
  tasks: true,
  runner: true,
  mode: true,
  samplesPerTask: true,
  seed: true,
  prompts: true,
  signal: true,
};

/** One task of an evaluation. */
export interface TaskRecord {
  /** The task's id. */
  readonly taskId: string;
  /** Share of its rollouts that succeeded. A failed rollout counts as not succeeded. */
  readonly success: number;
  /** Mean over its scored rollouts; undefined when no rollout was scored. */
  readonly reward: number | undefined;
  /** Tries at the task. */
  readonly rolloutCount: number;
  /** Tries without a reward. */
  readonly failedCount: number;
  /** The mean of each reward component over its scored rollouts, by name, without "success". */
  readonly components: Readonly<Record<string, number>>;
  /** The mean of each metric that the agent kept over its rollouts, by name; absent where it kept none. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** The task's field `level`, as text; absent where it has none. */
  readonly level?: string;
}

/** Success, reward and its components over some tasks. */
export interface Measured {
  /** The number of tasks. */
  readonly taskCount: number;
  /** Share of tasks done, with Wilson's interval. A task counts as one observation, however often it was sampled. */
  readonly success: Interval;
  /** Mean over tasks, with a bootstrap interval over tasks; undefined when no rollout was scored. */
  readonly reward: Interval | undefined;
  /**
   * Mean of each component of the reward over the tasks that have it, with a bootstrap interval, by its name. The component
   * "success" is left out, since it is `success`.
   */
  readonly components: Readonly<Record<string, Interval>>;
  /**
   * Mean of each metric that the agent kept (`addMetrics`, the counts of `toolLoop`) over the tasks that have it, with a bootstrap
   * interval, by its name. Failed rollouts count.
   */
  readonly metrics: Readonly<Record<string, Interval>>;
}

/** How good a policy is on a list of tasks. */
export interface Evaluation extends Measured {
  /** How the tasks were tried: with the most likely tokens, or sampled. */
  readonly mode: "greedy" | "sampled";
  /** Tries at all tasks together. */
  readonly rolloutCount: number;
  /** The same by the tasks' field `level`; empty where they do not have at least two levels. */
  readonly levels: Readonly<Record<string, Measured>>;
  /**
   * pass@k by k: the share of tasks of which at least one of k tries succeeds (`passAt`). k is 1, 2, 4, … and the tries of a
   * task; empty where each task is tried once. In the mode "greedy" all tries of most agents are the same.
   */
  readonly passAtK: readonly AtK[];
  /** The reward of the best of k tries, for the same k (`bestAt`): what a perfect choice among k answers would get. */
  readonly bestOfN: readonly AtK[];
  /** Rollouts without a reward. They count as not done. */
  readonly failedCount: number;
  /** Failed rollouts by the boundary at which they failed: "agent", "environment", "deadline" … */
  readonly failures: Readonly<Partial<Record<Boundary, number>>>;
  /** Tries by how they ended: "done", and what went wrong by kind (`outcomeOf`), the most frequent first. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** The version of the weights that were measured. */
  readonly weightsVersion: string;
  /** In the order of the tasks. */
  readonly tasks: readonly TaskRecord[];
}

/**
 * Runs every task, and counts successes and rewards.
 *
 * The seeds depend on (seed, task, sample) and not on the policy: two policies evaluated with one seed meet the same
 * episodes, which is what `compare` pairs.
 *
 * @throws DATA_EMPTY without tasks; OPTION_INVALID for samplesPerTask below 1 or two tasks of one id
 * @example
 * const before = await evaluate({ policy: untrained, tasks, runner });
 * const after = await evaluate({ policy: trained, tasks, runner });
 * compare(before, after).success; // { value: 0.62, low: 0.50, high: 0.71 }
 */
export async function evaluate<T extends Task, Answer>(
  options: EvaluatePolicyOptions<T, Answer>,
): Promise<Evaluation & { readonly rollouts: readonly Rollout<T, Answer>[] }> {
  checkOptions("evaluate", options, optionNames);
  const { policy, tasks, runner, mode = "greedy", samplesPerTask = 1, seed = 0, signal } = options;
  const { prompts } = options;
  checkTasks(tasks);
  check.oneOf("mode", mode, ["greedy", "sampled"]);
  check.whole("samplesPerTask", samplesPerTask, { min: 1 });
  const jobs = tasks.flatMap((task) =>
    Array.from({ length: samplesPerTask }, (_, sample) => ({
      id: `evaluation-${task.id}-${sample}`,
      task,
      seed: randomBits("evaluation", seed, task.id, sample),
      ...(prompts && { prompts }),
    })),
  );
  const rollouts = await runner.run({
    policy,
    jobs,
    ...(mode === "greedy" ? { temperature: 0 } : {}),
    ...(signal ? { signal } : {}),
  });
  const byTask = tasks.map((_, i) => rollouts.slice(i * samplesPerTask, (i + 1) * samplesPerTask));
  const records = tasks.map((task, i) => taskRecord(task, byTask[i]!));
  const tries = byTask.map(triesOf);
  const byLevel = levelsOf(tasks).map((level) => {
    const some = records.filter((record) => record.level === level);
    return [level, measured(some, seed)] as const;
  });
  return {
    mode,
    rolloutCount: rollouts.length,
    ...measured(records, seed),
    levels: Object.fromEntries(byLevel),
    passAtK: passAtK(tries, seed),
    bestOfN: bestOfN(tries, seed),
    failedCount: sum(records.map(({ failedCount }) => failedCount)),
    failures: countBoundaries(rollouts),
    outcomes: countOutcomes(rollouts),
    weightsVersion: policy.weightsVersion,
    tasks: records,
    rollouts,
  };
}

const triesOf = (rollouts: readonly Rollout[]): TaskTries => ({
  tries: rollouts.length,
  successes: rollouts.filter(({ isSuccess }) => isSuccess).length,
  rewards: rollouts.flatMap(({ reward }) => reward?.total ?? []),
});

function measured(records: readonly TaskRecord[], seed: number): Measured {
  const rewards = records.flatMap(({ reward }) => (reward === undefined ? [] : [reward]));
  const intervals = (numbersOf: (record: TaskRecord) => Readonly<Record<string, number>>) => {
    const names = new Set(records.flatMap((record) => Object.keys(numbersOf(record))));
    const entries = [...names].map((name) => {
      const values = records.flatMap((record) => numbersOf(record)[name] ?? []);
      return [name, bootstrapMean(values, { seed })] as const;
    });
    return Object.fromEntries(entries);
  };
  return {
    taskCount: records.length,
    success: wilson(sum(records.map(({ success }) => success)), records.length),
    reward: rewards.length === 0 ? undefined : bootstrapMean(rewards, { seed }),
    components: intervals(({ components }) => components),
    metrics: intervals(({ metrics = {} }) => metrics),
  };
}

/** What the tries at a task say of it. */
export function taskRecord(task: Task, rollouts: readonly Rollout[]): TaskRecord {
  const level = levelOf(task);
  const rewards = rollouts.flatMap(({ reward }) => (reward ? [reward.total] : []));
  return {
    taskId: task.id,
    success: rollouts.filter((rollout) => rollout.isSuccess).length / rollouts.length,
    reward: rewards.length === 0 ? undefined : sum(rewards) / rewards.length,
    rolloutCount: rollouts.length,
    failedCount: rollouts.length - rewards.length,
    components: partMeans(rollouts),
    ...(rollouts.some(({ metrics }) => metrics !== undefined)
      ? { metrics: metricMeans(rollouts) }
      : {}),
    ...(level === undefined ? {} : { level }),
  };
}

function countBoundaries(rollouts: readonly Rollout[]): Partial<Record<Boundary, number>> {
  const counts: Partial<Record<Boundary, number>> = {};
  for (const { failure } of rollouts) {
    if (failure) counts[failure.boundary] = (counts[failure.boundary] ?? 0) + 1;
  }
  return counts;
}

/** @throws DATA_EMPTY without tasks; OPTION_INVALID for two tasks of one id, which could not be compared by it */
function checkTasks(tasks: readonly Task[]): void {
  if (tasks.length === 0)
    throw new HoneError("DATA_EMPTY", { where: "evaluate: tasks", item: "task" });
  const ids = new Set<string>();
  for (const { id } of tasks) {
    if (ids.has(id)) throw check.invalid("tasks", [id, id], "tasks with different ids");
    ids.add(id);
  }
}
