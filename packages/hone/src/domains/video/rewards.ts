/** The reward of an episode of videos: its score and the costs of actions that could not be taken, with named parts. */
import type { Reward } from "../../core/rollout.ts";
import type { Episode } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { readCaptions } from "./captions.ts";
import { invalidCost } from "./environment.ts";
import { scoreVideo } from "./score.ts";
import type { VideoTask } from "./tasks.ts";

/**
 * The reward of an episode: `total` is the sum of its step rewards.
 *
 * Its components are the parts of `scoreVideo` before their weights, `invalid` (the costs, ≤ 0), `success` (0 or 1) and `steps` (a count).
 */
export function videoEpisodeReward(task: VideoTask, { steps, isSuccess }: Episode): Reward {
  const valid = steps.filter(({ nextState }) => nextState !== "invalid");
  const { cues } = readCaptions(task.captions);
  const { total, ...parts } = scoreVideo(
    { task, cues },
    valid.map(({ action }) => action),
    steps.length,
  );
  const count = steps.length - valid.length;
  const invalid = count === 0 ? 0 : invalidCost * count;
  const components = { ...parts, invalid, success: isSuccess ? 1 : 0, steps: steps.length };
  return { total: total + invalid, components, source: "rule" };
}

/** The reward of a rollout of `environmentAgent`. @see videoEpisodeReward */
export const videoReward = ({ task, answer }: UnscoredRollout<VideoTask, Episode>): Reward =>
  videoEpisodeReward(task, answer);
