/** The reward of an episode of repositories: its score and the costs of actions that could not be taken, with named parts. */
import type { Reward } from "../../core/rollout.ts";
import type { Episode } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { invalidCost, sweEnvironment, type SweTools } from "./environment.ts";
import type { SweTask } from "./tasks.ts";

/**
 * The reward of an episode: `total` is the sum of its step rewards. The episode is taken again, action by action, to see what became of
 * the files; the outcomes of its tests are known by then.
 *
 * Its components are the parts of `scoreState` before their weights, `invalid` (the costs, ≤ 0), `success` (0 or 1) and `steps` (a count).
 */
export async function sweEpisodeReward(
  task: SweTask,
  { steps, isSuccess, totalReward }: Episode,
  tools?: SweTools,
): Promise<Reward> {
  const maxActions = Math.max(1, steps.length);
  const environment = sweEnvironment({ maxActions, ...(tools && { tools }) });
  await environment.reset(task, 0);
  let count = 0;
  for (const { action } of steps) {
    const { info } = await environment.step(action);
    // What an action shows may begin as a refusal does, so the observation does not tell.
    if (info["isValid"] === false) count += 1;
  }
  const { total: _total, ...parts } = environment.score()!;
  const invalid = count === 0 ? 0 : invalidCost * count;
  const components = { ...parts, invalid, success: isSuccess ? 1 : 0, steps: steps.length };
  return { total: totalReward, components, source: "rule" };
}

/** The reward of a rollout of `environmentAgent`. @see sweEpisodeReward */
export const sweReward = (
  { task, answer }: UnscoredRollout<SweTask, Episode>,
  tools?: SweTools,
): Promise<Reward> => sweEpisodeReward(task, answer, tools);
