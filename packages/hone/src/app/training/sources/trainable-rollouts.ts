/** Which rollouts of a store may be learned from. */
import { trajectoriesOf } from "../../../algorithms/blocks/trajectories.ts";
import type { StoredGroup, StoredRollout } from "../../../rollouts/stored-rollouts.ts";
import { type ContextLimit, tooLongText } from "./context-limit.ts";

/** Rollouts to learn from, and what was left out, for people. */
export interface TrainableRollouts {
  readonly read: readonly StoredGroup[];
  readonly notes: readonly string[];
}

/** All but the rollouts of evaluations, which did held-out tasks, and those with a row that the model cannot read. */
export function trainable(groups: readonly StoredGroup[], limit: ContextLimit): TrainableRollouts {
  const tried = groups.filter(({ origin }) => origin?.split !== "test");
  const fits = (rollout: StoredRollout): boolean => trajectoriesOf(rollout).rows.every(limit.fits);
  const read = tried.map((group) => ({ ...group, rollouts: group.rollouts.filter(fits) }));
  const measured = countOf(groups) - countOf(tried);
  const long = countOf(tried) - countOf(read);
  return {
    read: read.filter(({ rollouts }) => rollouts.length > 0),
    notes: [
      ...(measured === 0 ? [] : [`${measured} rollouts of evaluations are not learned from`]),
      ...(long === 0 ? [] : [tooLongText(long, "rollouts", limit)]),
    ],
  };
}

/** How many rollouts there are in the groups. */
export const countOf = (groups: readonly { readonly rollouts: readonly unknown[] }[]): number =>
  groups.reduce((sum, { rollouts }) => sum + rollouts.length, 0);
