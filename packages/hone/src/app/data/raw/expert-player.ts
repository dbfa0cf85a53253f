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
        const together = jobs.slice(from, from + concurrency);
        const { rollouts, failed } = await played(named, together, options, format);
        for (const rollout of rollouts) onEnd?.(rollout);
        if (failed !== undefined) throw failed.reason;
        ended.push(...rollouts);
      }
      return ended;
    },
  };
}

/** Plays the jobs; those that end are kept, whatever becomes of the others, since an episode may have asked a model for money. */
async function played(
  { name, domain }: NamedDomain,
  jobs: readonly RolloutJob[],
  { maxActions, mistakeRate }: Pick<PlayerOptions, "maxActions" | "mistakeRate">,
  format: ChatFormat,
): Promise<{
  readonly rollouts: readonly Rollout[];
  readonly failed: PromiseRejectedResult | undefined;
}> {
  const start = performance.now();
  const limit = maxActions === undefined ? {} : { maxActions };
  // Each job has a seed of its own, so that two tries at a task differ.
  const settled = await Promise.allSettled(
    jobs.map(async ({ task, seed }) => {
      const [episode] = await domain.episodes([task], {
        ...{ mistakeRate, seed: randomBits("expert", seed), areKept: true, ...limit },
      });
      return episode!;
    }),
  );
  const ended = jobs.flatMap((job, i) => {
    const one = settled[i]!;
    return one.status === "fulfilled" ? [{ ...job, episode: one.value }] : [];
  });
  const rewards = await episodeRewards(name, domain, {
    tasks: ended.map(({ task }) => task),
    episodes: ended.map(({ episode }) => episode),
  });
  const seconds = (performance.now() - start) / 1000 / jobs.length;
  const rollouts = ended.map(({ id, task, episode }, i) => ({
    ...{ id, task, turns: turnsOf(episode, format), answer: episode, attempts: 1 },
    ...{ reward: rewards[i]!, isSuccess: succeeded(rewards[i]!), failure: undefined, seconds },
  }));
  return { rollouts, failed: settled.find((one) => one.status === "rejected") };
}

/** A turn for each action, in the words in which a model would be asked and would answer. */
function turnsOf(episode: Episode, format: ChatFormat): readonly Turn[] {
  const messages = conversationOf(episode, format);
  return messages.flatMap((reply, i) =>
    reply.role === "assistant" ? [turnWithoutTokens(messages.slice(0, i), reply, "expert")] : [],
  );
}
