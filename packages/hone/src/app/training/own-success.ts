/**
 * Success by the tasks' own reward beside another reward that is learned from, a judge's or a reward model's. Their scores do not say
 * whether a task was done; with both, a policy that only learns to please its judge is seen (REWARD_ONE_SIDED).
 */
import type { Reward, Task } from "../../core/rollout.ts";
import type { GroupRewardFunction, RewardFunction, UnscoredRollout } from "../../ports/reward.ts";
import { scored, succeeded } from "../../rollouts/checked-reward.ts";

/**
 * The reward with the success of `own` as its component `success`. Where `own` throws, as for a task to learn from that has no answer,
 * the reward stands alone; held-out tasks, which are measured by `own`, show its faults.
 */
export const withOwnSuccess =
  <T extends Task, Answer>(
    reward: RewardFunction<T, Answer>,
    own: RewardFunction<T, Answer>,
  ): RewardFunction<T, Answer> =>
  async (rollout) =>
    withSuccess(await reward(rollout), await isDone(rollout, own));

/** The same of a reward of groups. */
export const withOwnSuccesses =
  <T extends Task, Answer>(
    rewards: GroupRewardFunction<T, Answer>,
    own: RewardFunction<T, Answer>,
  ): GroupRewardFunction<T, Answer> =>
  async (request) => {
    const given = await rewards(request);
    const done = await Promise.all(request.rollouts.map((rollout) => isDone(rollout, own)));
    return given.map((one, i) => (one === undefined ? undefined : withSuccess(one, done[i])));
  };

async function isDone<T extends Task, Answer>(
  rollout: UnscoredRollout<T, Answer>,
  own: RewardFunction<T, Answer>,
): Promise<boolean | undefined> {
  try {
    return succeeded(scored(await own(rollout)));
  } catch {
    return undefined;
  }
}

function withSuccess(given: number | Reward, isSuccess: boolean | undefined): Reward {
  const reward = scored(given);
  if (isSuccess === undefined) return reward;
  return { ...reward, components: { ...reward.components, success: isSuccess ? 1 : 0 } };
}
