/** Which split each task is of: no task on two sides. */
import { randomBits } from "../../core/random.ts";

/** The splits of a set. */
export const setSplits = ["train", "validation", "test"] as const;

/** See `setSplits`. */
export type SetSplit = (typeof setSplits)[number];

/** Shares of tasks that are not learned from. */
export interface SplitShares {
  /** From 0 to 1. */
  readonly validation: number;
  /** From 0 to 1; with `validation` below 1. */
  readonly test: number;
  /** Decides which. */
  readonly seed: number;
}

/** The split of each task, drawn by seed and id. Shares of tasks are rounded to the nearest; one task at least is learned. */
export function splitTasks(
  ids: ReadonlySet<string>,
  { validation, test, seed }: SplitShares,
): ReadonlyMap<string, SetSplit> {
  const drawn = [...ids]
    .map((id) => ({ id, draw: randomBits("split", seed, id) }))
    .toSorted((a, b) => a.draw - b.draw)
    .map(({ id }) => id);
  const most = Math.max(0, drawn.length - 1);
  const tested = Math.min(most, Math.round(test * drawn.length));
  const validated = Math.min(most - tested, Math.round(validation * drawn.length));
  const splitAt = (i: number): SetSplit =>
    i < tested ? "test" : i < tested + validated ? "validation" : "train";
  return new Map(drawn.map((id, i) => [id, splitAt(i)]));
}
