/** Scores of tasks that need the policy itself, such as how likely it finds a known answer, added to the rewards of their rollouts. */
import type { Reward, Rollout, Task } from "../core/rollout.ts";
import type { OnScored } from "../ports/rollout-runner.ts";

/** How tasks are scored. */
export interface TaskScoring<T extends Task, Score> {
  /** Of a task; undefined where it has none. */
  readonly scoreOf: (task: T) => Promise<Score | undefined>;
  /** The reward of a rollout with its task's score. */
  readonly add: (reward: Reward, score: Score) => Reward;
  /** Tasks of one key have one score. Default: the task itself. */
  readonly keyOf?: (task: T) => unknown;
  /** What is not scored when it aborts stays as it was. */
  readonly signal?: AbortSignal | undefined;
  readonly onScored?: OnScored | undefined;
}

/**
 * Adds the scores of tasks to the rewards of their rollouts. One policy gives a task one score, so a task that is tried several
 * times is computed once; rollouts without a reward stay without a score.
 */
export async function withTaskScores<T extends Task, Answer, Score>(
  rollouts: readonly Rollout<T, Answer>[],
  { scoreOf, add, keyOf = (task) => task, signal, onScored }: TaskScoring<T, Score>,
): Promise<readonly Rollout<T, Answer>[]> {
  const rewarded = rollouts.filter(({ reward }) => reward !== undefined);
  const tasks = new Map(rewarded.map(({ task }) => [keyOf(task), task]));
  const scores = new Map<unknown, Score | undefined>();
  for (const [key, task] of tasks) {
    if (signal?.aborted === true) break;
    onScored?.(scores.size, tasks.size);
    scores.set(key, await scoreOf(task));
  }
  onScored?.(tasks.size, tasks.size);
  return rollouts.map((rollout) => {
    const { reward, task } = rollout;
    const score = scores.get(keyOf(task));
    if (reward === undefined || score === undefined) return rollout;
    return { ...rollout, reward: add(reward, score) };
  });
}
