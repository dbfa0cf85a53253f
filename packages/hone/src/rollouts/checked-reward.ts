/** The check of what a reward function returns. */
import { HoneError } from "../core/errors.ts";
import type { Reward } from "../core/rollout.ts";

/**
 * The reward of a rollout. A plain number becomes the total of a reward without components, from the source "rule".
 * @throws REWARD_INVALID when the total or a component is not a finite number; the rollout fails at the reward
 */
export function scored(given: number | Reward): Reward {
  const reward: Reward =
    typeof given === "number" ? { total: given, components: {}, source: "rule" } : given;
  const parts = { total: reward?.total, ...reward?.components };
  for (const [part, value] of Object.entries(parts)) {
    if (typeof value === "number" && Number.isFinite(value)) continue;
    throw new HoneError("REWARD_INVALID", { part, got: String(value) });
  }
  return reward;
}
