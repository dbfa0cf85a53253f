/** The named parts of rewards and metrics of agents, averaged, and the levels of tasks: what reports show beside reward and success. */
import type { Rollout, Task } from "./rollout.ts";

/** A scored rollout as far as its reward is concerned. */
type Scored = Pick<Rollout, "reward">;

/** The difficulty that a task names in its field `level`, as text; undefined where it names none. */
export function levelOf(task: Task): string | undefined {
  const level = "level" in task ? task.level : undefined;
  const isName = typeof level === "number" || (typeof level === "string" && level !== "");
  return isName ? String(level) : undefined;
}

/** The different levels of tasks, the lowest first; empty unless there are at least two, since one says nothing more. */
export function levelsOf(tasks: readonly Task[]): readonly string[] {
  const levels = [...new Set(tasks.flatMap((task) => levelOf(task) ?? []))];
  if (levels.length < 2) return [];
  return levels.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/**
 * The mean of each component over the rewards that have it, without "success", which has a place of its own.
 * @example partMeans(rollouts); // { moves: 3.5, answer: 2.1 }
 */
export function partMeans(rollouts: readonly Scored[]): Record<string, number> {
  const parts = rollouts.flatMap(({ reward }) => Object.entries(reward?.components ?? {}));
  return meansByName(parts.filter(([name]) => name !== "success"));
}

/**
 * The mean of each metric over the rollouts that have it, failed ones included.
 * @example metricMeans(rollouts); // { "tools/calls": 1.5, "tools/schema": 0.25 }
 */
export function metricMeans(rollouts: readonly Pick<Rollout, "metrics">[]): Record<string, number> {
  return meansByName(rollouts.flatMap(({ metrics = {} }) => Object.entries(metrics)));
}

function meansByName(entries: readonly (readonly [string, number])[]): Record<string, number> {
  const byName = Map.groupBy(entries, ([name]) => name);
  return Object.fromEntries(
    [...byName].map(([name, some]) => [name, mean(some.map(([, value]) => value))]),
  );
}

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;
