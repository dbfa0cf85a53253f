/** The reward of an episode of business decisions: the sum of its steps, with named parts. */
import type { Reward } from "../../core/rollout.ts";
import type { Episode } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { businessRewards } from "./environment.ts";
import { verdictOn } from "./simulator.ts";
import { optionOf, parseSituation } from "./situation.ts";
import type { BusinessTask } from "./tasks.ts";

/**
 * The reward of an episode: `total` is the sum of its step rewards.
 *
 *     total = analysis + feasibility + roi + risk + right + costs        all in reward points; costs ≤ 0
 *
 * Beside the parts: `success` (0 or 1), `decided` (0 or 1), `steps` (a count) and `wrong_steps` (a count), which are not in
 * the sum.
 */
export function businessEpisodeReward(task: BusinessTask, episode: Episode): Reward {
  const parts = { analysis: 0, feasibility: 0, roi: 0, risk: 0, right: 0, costs: 0 };
  for (const { action, reward } of episode.steps) {
    if (reward < 0) parts.costs += reward;
    else if (action.name !== "make_decision") parts.analysis += reward;
    else Object.assign(parts, decisionParts(task, action.argument ?? ""));
  }
  return {
    total: episode.totalReward,
    components: {
      ...parts,
      success: episode.isSuccess ? 1 : 0,
      decided: episode.terminated ? 1 : 0,
      steps: episode.steps.length,
      wrong_steps: episode.steps.filter((step) => step.reward < 0).length,
    },
    source: "rule",
  };
}

/** What the decision for a feasible option paid, by its parts. */
function decisionParts({ situation: text }: BusinessTask, name: string) {
  const situation = parseSituation(text);
  const option = optionOf(situation, name);
  if (!option) return {};
  const { roi, risk, isRight } = verdictOn(situation, option);
  return {
    feasibility: businessRewards.feasibility,
    roi: businessRewards.roi * roi,
    risk: businessRewards.risk * risk,
    right: isRight ? businessRewards.right : 0,
  };
}

/** The reward function of rollouts whose answer is an episode: `businessEpisodeReward`, and 0 for a rollout without an episode. */
export function businessReward({ task, answer }: UnscoredRollout<BusinessTask, Episode>): Reward {
  return answer
    ? businessEpisodeReward(task, answer)
    : { total: 0, components: { success: 0 }, source: "rule" };
}
