/**
 * Pairs of the rollouts of one task: of those that began with the same tokens the best with the worst, the second best with the second
 * worst, and so on, so that every rollout is in one pair at most. Rows are exactly the tokens that were sampled.
 */
import type { Rollout, Trajectory } from "../../core/rollout.ts";
import type { SupervisedRow } from "../blocks/datums.ts";
import { trajectoriesOf } from "../blocks/trajectories.ts";

/** Why a rollout gives no row, or two of them no pair. */
export type Unpaired =
  | "without a call of the model"
  | "whose turns do not join to one row, as earlier turns were rewritten"
  | "pairs of equal rewards"
  | "pairs whose rewards differ too little"
  | "pairs of the same tokens";

/** A pair of rollouts, and by how much the rewards differ. */
export interface RolloutPair {
  readonly chosen: SupervisedRow;
  readonly rejected: SupervisedRow;
  readonly margin: number;
}

/** What a group of rollouts comes to. */
export interface RolloutPairs {
  readonly pairs: readonly RolloutPair[];
  /** What gave no row or no pair, each by its reason. Failed rollouts and those without a reward are not counted. */
  readonly unpaired: readonly Unpaired[];
}

/** Which pairs are made. */
export interface RolloutPairOptions {
  /** Least difference of two rewards, at least 0; equal rewards give no pair. Default 0. */
  readonly minMargin?: number;
  /** The most pairs of a group, the widest apart. Default: all. */
  readonly maxPairs?: number;
}

/** The pairs of a group's rollouts, the widest apart first. */
export function pairsOfRollouts(
  rollouts: readonly Rollout[],
  { minMargin = 0, maxPairs = Infinity }: RolloutPairOptions = {},
): RolloutPairs {
  const unpaired: Unpaired[] = [];
  const usable = rollouts.flatMap((rollout) => {
    const row = rowOfRollout(rollout);
    if (row === undefined) return [];
    if (typeof row === "string") unpaired.push(row);
    return typeof row === "string" ? [] : [{ rollout, row, reward: rollout.reward!.total }];
  });
  const byPrompt = Map.groupBy(usable, ({ rollout }) => rollout.turns[0]!.promptTokens.join(" "));
  const pairs: RolloutPair[] = [];
  for (const some of byPrompt.values()) {
    const ranked = some.toSorted((a, b) => b.reward - a.reward);
    for (let i = 0; i < Math.floor(ranked.length / 2); i++) {
      const pair = pairOf(ranked[i]!, ranked[ranked.length - 1 - i]!, minMargin);
      if (typeof pair === "string") unpaired.push(pair);
      else pairs.push(pair);
    }
  }
  const widest = pairs.toSorted((a, b) => b.margin - a.margin);
  return { pairs: widest.slice(0, maxPairs), unpaired };
}

/** A rollout as one row; why it is none; undefined for one that failed or has no reward. */
export function rowOfRollout(rollout: Rollout): Trajectory | Unpaired | undefined {
  if (rollout.failure !== undefined || !Number.isFinite(rollout.reward?.total)) return undefined;
  const { rows } = trajectoriesOf(rollout);
  if (rows.length === 0) return "without a call of the model";
  return rows.length === 1
    ? rows[0]
    : "whose turns do not join to one row, as earlier turns were rewritten";
}

interface Ranked {
  readonly rollout: Rollout;
  readonly row: Trajectory;
  readonly reward: number;
}

function pairOf(better: Ranked, worse: Ranked, minMargin: number): RolloutPair | Unpaired {
  const margin = better.reward - worse.reward;
  if (margin <= 0) return "pairs of equal rewards";
  if (margin < minMargin) return "pairs whose rewards differ too little";
  if (better.row.tokens.join(" ") === worse.row.tokens.join(" ")) return "pairs of the same tokens";
  return { chosen: rowOf(better), rejected: rowOf(worse), margin };
}

const rowOf = ({ rollout: { id }, row: { tokens, mask, adapter } }: Ranked): SupervisedRow => ({
  id,
  tokens,
  mask,
  ...(adapter !== undefined && { adapter }),
});
