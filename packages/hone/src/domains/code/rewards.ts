/** The reward of an episode of programming: the sum of its steps, with named parts. */
import type { Reward } from "../../core/rollout.ts";
import type { Episode } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { qualityOf } from "./environment.ts";
import { readOpening, writtenLines } from "./observations.ts";
import type { CodeTask } from "./tasks.ts";

/**
 * The reward of an episode: `total` is the sum of its step rewards.
 *
 *     total = analysis + logic + correctness + efficiency + style + costs        all in reward points; costs ≤ 0
 *
 * Beside the parts: `success` (0 or 1), `steps` (a count) and `wrong_steps` (a count), which are not in the sum.
 */
export function codeEpisodeReward(episode: Episode): Reward {
  const { steps, isSuccess } = episode;
  const quality = isSuccess ? qualityOfEpisode(episode) : { efficiency: 0, style: 0 };
  const parts = { analysis: 0, logic: 0, correctness: 0, ...quality, costs: 0 };
  for (const { action, reward } of steps) parts[partOf(action.name, reward)] += reward;
  parts.correctness -= quality.efficiency + quality.style;
  return {
    total: Object.values(parts).reduce((sum, part) => sum + part, 0),
    components: {
      ...parts,
      success: isSuccess ? 1 : 0,
      steps: steps.length,
      wrong_steps: steps.filter((step) => step.reward < 0).length,
    },
    source: "rule",
  };
}

/** The reward function of rollouts whose answer is an episode: `codeEpisodeReward`, and 0 for a rollout without an episode. */
export function codeReward(rollout: UnscoredRollout<CodeTask, Episode>): Reward {
  return rollout.answer
    ? codeEpisodeReward(rollout.answer)
    : { total: 0, components: { success: 0 }, source: "rule" };
}

/** The step that ended the episode is paid for tests, efficiency and style together; the last two follow from the lines. */
function qualityOfEpisode({ steps }: Episode) {
  const { language, problem } = readOpening(steps[0]!.state)!;
  return qualityOf(writtenLines(steps, language), problem, language);
}

function partOf(action: string, reward: number): "analysis" | "logic" | "correctness" | "costs" {
  if (reward < 0) return "costs";
  if (action === "analyze_requirements") return "analysis";
  return action === "test_code" ? "correctness" : "logic";
}
