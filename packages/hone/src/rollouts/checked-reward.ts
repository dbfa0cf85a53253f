/** What a reward function returned, as a Reward. */
import { HoneError } from "../core/errors.ts";
import type { Reward } from "../core/rollout.ts";

/**
 * A plain number becomes a rule reward without components.
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
