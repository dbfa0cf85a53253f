/** A domain's scripted expert as one that tries tasks: its episodes as rollouts, with the words of a conversation and no tokens. */
import { turnWithoutTokens } from "../../../agents/named-policy.ts";
import { HoneError } from "../../../core/errors.ts";
import { randomBits } from "../../../core/random.ts";
import type { Rollout, Turn } from "../../../core/rollout.ts";
import { type ChatFormat, conversationOf } from "../../../environments/chat-format.ts";
import type { Episode } from "../../../ports/environment.ts";
import type { RolloutJob } from "../../../ports/rollout-runner.ts";
import { succeeded } from "../../../rollouts/checked-reward.ts";
import { episodeRewards } from "../../domains/episode-rewards.ts";
import { formatOf, wordingOf } from "../../training/prompt-wording.ts";
import type { NamedDomain, Player, PlayerOptions } from "./players.ts";

/** @throws DOMAIN_EXPERT_ABSENT; as `wordingOf` */
export async function expertPlayer(
  named: NamedDomain,
  options: Pick<PlayerOptions, "prompt" | "concurrency" | "maxActions" | "mistakeRate">,
): Promise<Player> {
  const { name: domain } = named;
  if (!named.domain.hasExpert) throw new HoneError("DOMAIN_EXPERT_ABSENT", { domain });
  const format = formatOf(named.domain.formats, await wordingOf(options.prompt));
  const { concurrency } = options;
  return {
    name: "expert",
    notices: [],
    close: async () => undefined,
    async run({ jobs, onEnd, signal }) {
      const ended: Rollout[] = [];
      for (let from = 0; from < jobs.length && signal?.aborted !== true; from += concurrency) {
        const some = await played(named, jobs.slice(from, from + concurrency), options, format);
        for (const rollout of some) onEnd?.(rollout);
        ended.push(...some);
      }
      return ended;
    },
  };
}

async function played(
  { name, domain }: NamedDomain,
  jobs: readonly RolloutJob[],
  { maxActions, mistakeRate }: Pick<PlayerOptions, "maxActions" | "mistakeRate">,
  format: ChatFormat,
): Promise<readonly Rollout[]> {
  const start = performance.now();
  const limit = maxActions === undefined ? {} : { maxActions };
  // Each job has a seed of its own, so that two tries at a task differ.
  const episodes = await Promise.all(
    jobs.map(async ({ task, seed }) => {
      const [episode] = await domain.episodes([task], {
        ...{ mistakeRate, seed: randomBits("expert", seed), areKept: true, ...limit },
      });
      return episode!;
    }),
  );
  const rewards = await episodeRewards(name, domain, {
    tasks: jobs.map(({ task }) => task),
    episodes,
  });
  const seconds = (performance.now() - start) / 1000 / jobs.length;
  return jobs.map(({ id, task }, i) => ({
    ...{ id, task, turns: turnsOf(episodes[i]!, format), answer: episodes[i]!, attempts: 1 },
    ...{ reward: rewards[i]!, isSuccess: succeeded(rewards[i]!), failure: undefined, seconds },
  }));
}

/** A turn for each action, in the words in which a model would be asked and would answer. */
function turnsOf(episode: Episode, format: ChatFormat): readonly Turn[] {
  const messages = conversationOf(episode, format);
  return messages.flatMap((reply, i) =>
    reply.role === "assistant" ? [turnWithoutTokens(messages.slice(0, i), reply, "expert")] : [],
  );
}
