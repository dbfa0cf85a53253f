/** The check of what a reward function returns. */
import { HoneError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import type { Reward } from "../core/rollout.ts";
import { shownValue } from "../core/shown-value.ts";

/**
 * The reward of a rollout. A plain number becomes the total of a reward without components, from the source "rule"; the
 * same is put in where an object leaves them out.
 * @throws REWARD_INVALID when it is neither, or when the total, a component or the reward of a turn is not a finite number; the rollout fails at
 *         the reward
 */
export function scored(given: unknown): Reward {
  if (typeof given === "number") return scored({ total: given });
  if (!isObject(given) || !("total" in given)) {
    throw new HoneError("REWARD_INVALID", { part: "total", got: shownValue(given) });
  }
  const { components, source } = given as Partial<Reward>;
  const parts = { components: components ?? {}, source: source ?? "rule" };
  const reward: Reward = { ...(given as object), ...parts, total: given["total"] as number };
  for (const [part, value] of Object.entries({ total: reward.total, ...reward.components })) {
    if (typeof value === "number" && Number.isFinite(value)) continue;
    throw new HoneError("REWARD_INVALID", { part, got: shownValue(value) });
  }
  const { turns } = reward;
  if (turns !== undefined && !(Array.isArray(turns) && turns.every(Number.isFinite)))
    throw new HoneError("REWARD_INVALID", { part: "turns", got: shownValue(turns) });
  return reward;
}

/** Whether the rollout is a success: by the component "success" where the reward has one, else by a total above 0. */
export const succeeded = ({ total, components }: Pick<Reward, "total" | "components">): boolean =>
  components["success"] === undefined ? total > 0 : components["success"] > 0;
