/** The rewards that a domain gives for episodes that no policy did: its expert's, or those of a baseline. */
import type { Reward, Task } from "../../core/rollout.ts";
import type { Episode } from "../../ports/environment.ts";
import { scored } from "../../rollouts/checked-reward.ts";
import type { Domain } from "./complete-domain.ts";
import { domainFailed } from "./import-domain.ts";

/** Episodes with the tasks that they did, in one order. */
export interface DoneEpisodes {
  readonly tasks: readonly Task[];
  readonly episodes: readonly Episode[];
}

/**
 * A reward for each episode, in their order.
 * @param name  of the domain, or the path of its file, for errors
 * @throws DOMAIN_FAILED where the domain's reward throws or gives no number
 */
export function episodeRewards(
  name: string,
  domain: Domain,
  { tasks, episodes }: DoneEpisodes,
): Promise<readonly Reward[]> {
  const facts = { turns: [], failure: undefined, attempts: 1, seconds: 0 };
  return Promise.all(
    episodes.map(async (answer, i) => {
      try {
        const task = tasks[i]!;
        return scored(await domain.reward({ id: `expert/${task.id}`, task, answer, ...facts }));
      } catch (error) {
        throw domainFailed(name, "an episode of no policy was rewarded", error);
      }
    }),
  );
}
