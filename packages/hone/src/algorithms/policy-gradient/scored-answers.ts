/** Groups of rollouts → answers with their rows, then with advantages; and counts of what had to be left out. */
import { HoneError } from "../../core/errors.ts";
import type { Rollout, RolloutGroup, Trajectory } from "../../core/rollout.ts";
import { groupAdvantages, type AdvantageOptions } from "../blocks/advantages.ts";
import { countMasked } from "../blocks/masks.ts";
import { sumOf } from "../blocks/sums.ts";
import { trajectoriesOf } from "../blocks/trajectories.ts";

/** A rollout with a reward, as training sees it. */
export interface Answer {
  readonly rollout: Rollout;
  readonly reward: number;
  /** The index of its group in the batch. */
  readonly group: number;
  readonly rows: readonly Trajectory[];
  /** Sampled tokens, over all rows. */
  readonly length: number;
  /** Of each row [T]: what its tokens pay for KL, where that is paid in the reward; 0 where a token was not sampled. */
  readonly penalties?: readonly ArrayLike<number>[];
}

/** The rollouts of a step. */
export interface RolloutBatch {
  /** Every rollout with a reward, group after group. */
  readonly answers: readonly Answer[];
  /** How many groups there are, those in which every rollout failed included. */
  readonly groups: number;
  readonly failed: readonly Rollout[];
  /** Turns that broke the prefix of their row and started another. */
  readonly splits: number;
}

/**
 * How much better an answer was than expected: one number for all its sampled tokens, or numbers of their own: one array
 * for each row of the answer, [T] by the row's tokens, of which those of sampled tokens are read.
 */
export type Advantage = number | readonly ArrayLike<number>[];

/** An answer with its advantage. */
export interface ScoredAnswer extends Answer {
  readonly advantage: Advantage;
  /** Whether some answer of its group has an advantage; its own may still be 0. */
  readonly hasSignal: boolean;
}

/** The rollouts of a step with their advantages. */
export interface ScoredBatch extends RolloutBatch {
  /** Those of groups without signal included: their advantage is 0. */
  readonly answers: readonly ScoredAnswer[];
  /** Groups in which no answer has an advantage. */
  readonly groupsWithoutSignal: number;
}

/** The answers of groups of rollouts. Rollouts that failed, or whose reward is no finite number, are listed apart. */
export function readBatch(groups: readonly RolloutGroup[]): RolloutBatch {
  const answers: Answer[] = [];
  let splits = 0;
  groups.forEach(({ rollouts }, group) => {
    for (const rollout of rollouts.filter(isScored)) {
      const { rows, splits: broken } = trajectoriesOf(rollout);
      splits += broken;
      const length = rows.reduce((sum, row) => sum + countMasked(row.mask), 0);
      answers.push({ rollout, reward: rollout.reward!.total, group, rows, length });
    }
  });
  const failed = groups.flatMap(({ rollouts }) => rollouts.filter((one) => !isScored(one)));
  return { answers, groups: groups.length, failed, splits };
}

/**
 * The batch with an advantage for each answer.
 * @param advantages  in the order of `batch.answers`
 * @throws SHAPE_MISMATCH where there are not as many as answers
 */
export function withAdvantages(batch: RolloutBatch, advantages: readonly Advantage[]): ScoredBatch {
  if (advantages.length !== batch.answers.length) {
    const expected = `one advantage for each of the ${batch.answers.length} answers`;
    throw new HoneError("SHAPE_MISMATCH", {
      where: "withAdvantages",
      expected,
      got: `${advantages.length}`,
    });
  }
  const withSignal = new Set(
    batch.answers.flatMap(({ group }, i) => (isZero(advantages[i]!) ? [] : [group])),
  );
  const answers = batch.answers.map((answer, i): ScoredAnswer => {
    return { ...answer, advantage: advantages[i]!, hasSignal: withSignal.has(answer.group) };
  });
  return { ...batch, answers, groupsWithoutSignal: batch.groups - withSignal.size };
}

/** The batch of groups whose advantages are rewards relative to the group (`groupAdvantages`). */
export function scoreGroups(
  groups: readonly RolloutGroup[],
  options: AdvantageOptions,
): ScoredBatch {
  const batch = readBatch(groups);
  const rewards = batch.answers.map(({ reward }) => reward);
  return withAdvantages(batch, groupAdvantages(rewards, groupNames(batch), options));
}

/** The reward of an answer, less what its tokens pay for KL. */
export const scoreOf = ({ reward, penalties = [] }: Answer): number =>
  reward - sumOf(penalties.map(sumOf));

/** [N] the name of each answer's group, as the functions of advantages.ts take them. */
export const groupNames = ({ answers }: RolloutBatch): string[] =>
  answers.map(({ group }) => String(group));

/** Whether an advantage moves nothing. */
export const isZero = (advantage: Advantage): boolean =>
  typeof advantage === "number"
    ? advantage === 0
    : advantage.every((row) => Array.prototype.every.call(row, (value) => value === 0));

/** Answers that have a gradient: of their advantage, or, in a group with signal, of a KL term alone. */
export function isTrained(answer: ScoredAnswer, hasKl: boolean): boolean {
  return !isZero(answer.advantage) || (hasKl && answer.hasSignal);
}

/** Whether a rollout can be trained: it did not fail, and its reward is a number. */
export function isScored(rollout: Rollout): boolean {
  return rollout.failure === undefined && Number.isFinite(rollout.reward?.total);
}
