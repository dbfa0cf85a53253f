/** What a domain's held-out tasks give without a model: random actions, the expert's most frequent ones, and the expert itself. */
import { randomBits } from "../../core/random.ts";
import type { Task } from "../../core/rollout.ts";
import { majorityAgent, randomAgent } from "../../environments/baseline-agents.ts";
import { type ActionAgent, runEpisode } from "../../environments/run-episode.ts";
import { bootstrapMean, type Interval, sum, wilson } from "../../evaluation/intervals.ts";
import type { Episode } from "../../ports/environment.ts";
import { succeeded } from "../../rollouts/checked-reward.ts";
import type { Domain } from "../domains/complete-domain.ts";
import { episodeRewards } from "../domains/episode-rewards.ts";
import type { Baseline } from "../training/pipeline-options.ts";

/** What baselines are measured on. */
export interface BaselineOptions {
  /** The domain's name, for errors. */
  readonly name: string;
  readonly domain: Domain;
  /** The expert's episodes on training tasks, which the baselines take their actions from. */
  readonly learned: readonly Episode[];
  /** The held-out tasks. */
  readonly tasks: readonly Task[];
  readonly maxActions: number;
  readonly seed: number;
}

/** Each baseline with its success and its mean reward on the held-out tasks. */
export async function actionBaselines(options: BaselineOptions): Promise<readonly Baseline[]> {
  const { domain, learned, tasks, maxActions, seed } = options;
  const majority = majorityAgent(learned);
  const agents: readonly (readonly [string, (task: Task) => ActionAgent])[] = [
    ["random actions", ({ id }) => randomAgent(learned, randomBits("baseline", seed, id))],
    ["most frequent actions", () => majority],
  ];
  const baselines: Baseline[] = [];
  for (const [name, agentOf] of agents) {
    const episodes: Episode[] = [];
    for (const task of tasks) {
      const environment = domain.environment({ maxActions });
      const limits = { maxActions, seed: randomBits(seed, task.id) };
      episodes.push(await runEpisode(environment, task, agentOf(task), limits));
    }
    baselines.push(await measured(name, episodes, options));
  }
  const expert = await domain.episodes(tasks, { mistakeRate: 0, maxActions, seed });
  return [...baselines, await measured("expert", expert, options)];
}

async function measured(
  name: string,
  episodes: readonly Episode[],
  { name: domainName, domain, tasks, seed }: BaselineOptions,
): Promise<{ readonly name: string; readonly success: Interval; readonly reward: Interval }> {
  const rewards = await episodeRewards(domainName, domain, { tasks, episodes });
  return {
    name,
    success: wilson(sum(rewards.map((reward) => (succeeded(reward) ? 1 : 0))), rewards.length),
    reward: bootstrapMean(
      rewards.map(({ total }) => total),
      { seed },
    ),
  };
}
