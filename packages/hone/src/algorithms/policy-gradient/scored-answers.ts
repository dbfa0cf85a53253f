/** Groups of rollouts → answers with an advantage, and counts of what had to be left out. */
import type { Rollout, RolloutGroup, Trajectory } from "../../core/rollout.ts";
import { groupAdvantages, hasSignal, type AdvantageOptions } from "../blocks/advantages.ts";
import { countMasked } from "../blocks/masks.ts";
import { trajectoriesOf } from "../blocks/trajectories.ts";

/** A scored rollout as training sees it. */
export interface ScoredAnswer {
  readonly rollout: Rollout;
  readonly reward: number;
  readonly advantage: number;
  /** Whether its group prefers some answer; its own advantage may still be 0. */
  readonly hasSignal: boolean;
  readonly rows: readonly Trajectory[];
  /** Sampled tokens, over all rows. */
  readonly length: number;
}

export interface ScoredBatch {
  /** Every rollout with a reward, those of groups without signal included (their advantage is 0). */
  readonly answers: readonly ScoredAnswer[];
  readonly groups: number;
  /** Groups whose rewards are all equal, or of which fewer than two rollouts have one. */
  readonly groupsWithoutSignal: number;
  readonly failed: readonly Rollout[];
  /** Turns that broke the prefix of their row and started another. */
  readonly splits: number;
}

/** Advantages over each group's scored rollouts; failed rollouts are left out of means and batch, and listed. */
export function scoreGroups(
  groups: readonly RolloutGroup[],
  options: AdvantageOptions,
): ScoredBatch {
  const answers: ScoredAnswer[] = [];
  const failed: Rollout[] = [];
  let groupsWithoutSignal = 0;
  let splits = 0;
  for (const group of groups) {
    const scored = group.rollouts.filter(isScored);
    failed.push(...group.rollouts.filter((rollout) => !isScored(rollout)));
    const rewards = scored.map((rollout) => rollout.reward!.total);
    const signal = hasSignal(rewards);
    if (!signal) groupsWithoutSignal++;
    const advantages = groupAdvantages(
      rewards,
      rewards.map(() => group.task.id),
      options,
    );
    scored.forEach((rollout, i) => {
      const merged = trajectoriesOf(rollout);
      splits += merged.splits;
      const length = merged.rows.reduce((sum, row) => sum + countMasked(row.mask), 0);
      const [reward, advantage] = [rewards[i]!, advantages[i]!];
      answers.push({ rollout, reward, advantage, hasSignal: signal, rows: merged.rows, length });
    });
  }
  return { answers, groups: groups.length, groupsWithoutSignal, failed, splits };
}

/** Answers that have a gradient: of their advantage, or, in a group with signal, of a KL term alone. */
export function isTrained(answer: ScoredAnswer, hasKl: boolean): boolean {
  return answer.advantage !== 0 || (hasKl && answer.hasSignal);
}

/** Whether a rollout can be trained: it did not fail, and its reward is a number. */
function isScored(rollout: Rollout): boolean {
  return rollout.failure === undefined && Number.isFinite(rollout.reward?.total);
}
