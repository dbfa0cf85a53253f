/** A curriculum by measured success: which tasks a step takes, and what earlier steps measured, as a part of the run's state. */
import type { RolloutGroup } from "../../core/rollout.ts";
import type { GroupsRequest } from "../../ports/rollout-source.ts";
import { type CurriculumOptions, curriculumChances, drawByChance } from "../blocks/curriculum.ts";
import { isScored } from "./scored-answers.ts";

/** By the id of a task: how often it was tried, and how often it was done. Plain JSON. */
export type TaskRecords = Readonly<Record<string, readonly [tries: number, successes: number]>>;

/** The choice of a step's tasks by `curriculumChances`, a function of the records, the seed and the step. */
export const chooseTasks =
  (
    records: TaskRecords,
    options: CurriculumOptions,
    { seed, step }: { readonly seed: number; readonly step: number },
  ): NonNullable<GroupsRequest["choose"]> =>
  (ids, { groupCount, firstGroup = 0 }) => {
    const chances = curriculumChances(
      ids.map((id) => {
        const [tries, successes] = Object.hasOwn(records, id) ? records[id]! : [0, 0];
        return { tries, successes };
      }),
      options,
    );
    const chosen: number[] = [];
    // Where there are fewer tasks than groups, they are drawn again.
    for (let round = 0; chosen.length < groupCount; round++) {
      const keys = ["curriculum", seed, step, firstGroup, round];
      chosen.push(...drawByChance(chances, groupCount - chosen.length, keys));
    }
    return chosen;
  };

/** The records with what a step measured; rollouts that failed, and those of a store, which another policy made, are no tries. */
export function withTries(records: TaskRecords, groups: readonly RolloutGroup[]): TaskRecords {
  const next: Record<string, readonly [number, number]> = { ...records };
  for (const { task, rollouts, isStored = false } of groups) {
    if (isStored) continue;
    const [tries, successes] = Object.hasOwn(next, task.id) ? next[task.id]! : [0, 0];
    const scored = rollouts.filter(isScored);
    const done = scored.filter(({ isSuccess }) => isSuccess).length;
    next[task.id] = [tries + scored.length, successes + done];
  }
  return next;
}
