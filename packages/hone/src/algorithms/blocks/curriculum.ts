/** A curriculum by measured success: tasks that the policy does sometimes are drawn more often than those it always or never does. */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { type RandomKey, uniform } from "../../core/random.ts";
import { sumOf } from "./sums.ts";

/** How often a task was tried, and how often it was done. */
export interface TaskRecord {
  /** The tries so far. */
  readonly tries: number;
  /** Those that did the task. */
  readonly successes: number;
}

/** How a curriculum draws. */
export interface CurriculumOptions {
  /**
   * Share of the draws that all tasks have alike, from 0 to 1, so that no task is given up and what was learned is seen again.
   * Default 0.1.
   */
  readonly uniformShare?: number;
}

/**
 * The probability with which each task is drawn.
 *
 *     p_i = (successes + 1) / (tries + 2)                 a task that was never tried counts as one done half of the time
 *     P_i = u / N + (1 − u) · p_i (1 − p_i) / Σ_j p_j (1 − p_j)
 *
 * p (1 − p) is the variance of a success, hence how much two answers to the task are expected to differ, which is what a group of
 * rollouts learns from. All chances are above 0 where u is.
 *
 * @param records  [N] by task
 * @returns        [N] probabilities, which sum to 1
 * @throws OPTION_INVALID for counts that cannot be, and for a share outside 0 to 1
 * @source Tzannetos et al. 2023, Proximal Curriculum for Reinforcement Learning Agents (TMLR), with the optimal chance of
 *         success taken as 1
 * @example
 * // Never tried, always done, done half of the time: [0.415, 0.171, 0.415].
 * curriculumChances([{ tries: 0, successes: 0 }, { tries: 8, successes: 8 }, { tries: 8, successes: 4 }]);
 */
export function curriculumChances(
  records: readonly TaskRecord[],
  options: CurriculumOptions = {},
): number[] {
  checkOptions("curriculumChances", options, { uniformShare: true });
  const check = optionChecks("curriculumChances");
  const alike = check.share("uniformShare", options.uniformShare ?? 0.1);
  const spreads = records.map(({ tries, successes }, i) => {
    check.whole(`records[${i}].tries`, tries, { min: 0 });
    check.whole(`records[${i}].successes`, successes, { min: 0, max: tries });
    const chance = (successes + 1) / (tries + 2);
    return chance * (1 - chance);
  });
  const total = sumOf(spreads);
  return spreads.map((spread) => alike / spreads.length + ((1 - alike) * spread) / total);
}

/**
 * Different tasks drawn by their chances, the likeliest first on average; a function of the keys.
 * @param chances  [N] above 0, as `curriculumChances` gives them
 * @param count    how many to draw; at most N are
 * @returns        indices of tasks
 * @source Efraimidis & Spirakis 2006, Weighted random sampling with a reservoir: the largest of u^(1 / P)
 */
export function drawByChance(
  chances: readonly number[],
  count: number,
  keys: readonly RandomKey[],
): number[] {
  return chances
    .map((chance, index) => ({ index, key: Math.log(1 - uniform(...keys, index)) / chance }))
    .toSorted((a, b) => b.key - a.key)
    .slice(0, count)
    .map(({ index }) => index);
}
