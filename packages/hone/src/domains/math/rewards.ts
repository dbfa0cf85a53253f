/** The reward of an episode of equations: the sum of its steps, with named parts. */
import type { Reward } from "../../core/rollout.ts";
import type { Episode } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import type { EquationTask } from "./tasks.ts";

/**
 * The reward of an episode: `total` is the sum of its step rewards.
 *
 *     total = identify + moves + answer + costs        all in reward points; costs ≤ 0
 *
 * Beside the parts: `success` (0 or 1), `steps` (a count) and `wrong_steps` (a count), which are not in the sum.
 */
export function episodeReward(episode: Episode): Reward {
  const parts = { identify: 0, moves: 0, answer: 0, costs: 0 };
  for (const { action, reward } of episode.steps) parts[partOf(action.name, reward)] += reward;
  return {
    total: parts.identify + parts.moves + parts.answer + parts.costs,
    components: {
      ...parts,
      success: episode.isSuccess ? 1 : 0,
      steps: episode.steps.length,
      wrong_steps: episode.steps.filter((step) => step.reward < 0).length,
    },
    source: "rule",
  };
}

/** The reward function of rollouts whose answer is an episode: `episodeReward`, and 0 for a rollout without an episode. */
export function mathReward(rollout: UnscoredRollout<EquationTask, Episode>): Reward {
  return rollout.answer
    ? episodeReward(rollout.answer)
    : { total: 0, components: { success: 0 }, source: "rule" };
}

function partOf(action: string, reward: number): "identify" | "moves" | "answer" | "costs" {
  if (reward < 0) return "costs";
  if (action === "identify_operation") return "identify";
  return action === "state_answer" ? "answer" : "moves";
}
