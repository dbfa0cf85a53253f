/** What the failed rollouts of a batch have in common. */
import type { Rollout, RolloutFailure } from "./rollout.ts";

/** The failure that occurs most, the first of it; undefined where nothing failed. Texts may differ by a task's values. */
export function mostCommonFailure(
  rollouts: readonly Pick<Rollout, "failure">[],
): RolloutFailure | undefined {
  const counts = new Map<string, { readonly failure: RolloutFailure; count: number }>();
  for (const { failure } of rollouts) {
    if (failure === undefined) continue;
    const key = `${failure.boundary} ${failure.place ?? failure.message}`;
    const found = counts.get(key);
    if (found === undefined) counts.set(key, { failure, count: 1 });
    else found.count++;
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count)[0]?.failure;
}
