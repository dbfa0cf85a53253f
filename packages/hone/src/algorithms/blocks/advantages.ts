import { HoneError } from "../../core/errors.ts";
import { checkOptions } from "../../core/known-options.ts";
import { meanOf, sumOf } from "./sums.ts";

/** How centred rewards are scaled. */
export interface AdvantageOptions {
  /** "std" divides by the group's deviation; "none" only centres (Dr. GRPO). Default "std". */
  readonly scale?: "std" | "none";
  /** Which deviation: "population" divides by n, "sample" by n − 1 (what TRL does). Default "population". */
  readonly deviation?: "population" | "sample";
  /** Added to the deviation. Default 1e-6; TRL adds 1e-4. */
  readonly epsilon?: number;
}

/**
 * How much better each answer was than its siblings: reward minus the mean of its group.
 *
 * Answers to one task form a group. Centring inside the group takes the task's own difficulty out of the reward, so no
 * value network is needed.
 *
 *     A[i] = (r[i] − mean_g) / (std_g + ε)        g = the group of i
 *
 * A group whose rewards are all equal (or that has one member) gets 0 everywhere: it carries no preference.
 *
 * @param rewards  [N] one number per answer, any scale
 * @param groups   [N] the task each answer belongs to; equal values form one group
 * @param options  how the centred reward is scaled
 * @returns        [N] in the order of `rewards`; unit: group deviations ("std") or reward units ("none")
 * @throws         SHAPE_MISMATCH when the arrays differ in length; OPTION_INVALID for an unknown option
 * @source         Shao et al. 2024, DeepSeekMath §4.1.2 (arXiv:2402.03300), which names no form of the deviation;
 *                 Liu et al. 2025, Understanding R1-Zero-Like Training (arXiv:2503.20783) for "none"
 * @example
 * groupAdvantages([1, 0, 5, 5], ["a", "a", "b", "b"]); // ≈ [1, -1, 0, 0]
 */
export function groupAdvantages(
  rewards: readonly number[],
  groups: readonly string[],
  options: AdvantageOptions = {},
): number[] {
  checkOptions("groupAdvantages", options, { scale: true, deviation: true, epsilon: true });
  if (rewards.length !== groups.length) {
    throw new HoneError("SHAPE_MISMATCH", {
      where: "groupAdvantages",
      expected: `one group for each of the ${rewards.length} rewards`,
      got: `${groups.length} groups`,
    });
  }
  const members = Map.groupBy(rewards.keys(), (i) => groups[i]!);
  const advantages = rewards.map(() => 0);
  for (const indices of members.values()) {
    const centred = centredRewards(
      indices.map((i) => rewards[i]!),
      options,
    );
    indices.forEach((i, k) => {
      advantages[i] = centred[k]!;
    });
  }
  return advantages;
}

function centredRewards(rewards: readonly number[], options: AdvantageOptions): number[] {
  const { scale = "std", deviation = "population", epsilon = 1e-6 } = options;
  // Rounding would leave 1e-17 where there is no preference; the guard on zero variance asks for exact zeros.
  if (!hasSignal(rewards)) return rewards.map(() => 0);
  const mean = meanOf(rewards);
  if (scale === "none") return rewards.map((r) => r - mean);
  const squares = sumOf(rewards.map((r) => (r - mean) ** 2));
  const std = Math.sqrt(squares / (deviation === "sample" ? rewards.length - 1 : rewards.length));
  return rewards.map((r) => (r - mean) / (std + epsilon));
}

/** Whether rewards of one group differ, so that the group prefers one answer to another. */
export function hasSignal(rewards: readonly number[]): boolean {
  return rewards.some((r) => r !== rewards[0]);
}
