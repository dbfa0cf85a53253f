/** The data of `hone train all`: raw trajectories of every agent, their rewards, the unified ones, and sets to learn from per tool. */
import { join } from "node:path";
import type { OnProgress } from "../../core/progress.ts";
import { convertTrajectories } from "../data/convert-trajectories.ts";
import { makeSftSets, type SetReport } from "../data/make-sets.ts";
import { makeRollouts, type RolloutsReport } from "../data/raw/make-rollouts.ts";
import { rewardTrajectories } from "../data/reward-trajectories.ts";
import { domainTitle } from "../domains.ts";
import type { PipelineAgent, PipelineConfig } from "./pipeline-config.ts";

/** How long work is shown and stopped. */
export interface PipelineWork {
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  readonly threads?: number | undefined;
}

/** The wording of trajectories: short for a model from nothing, with the rules for others. */
export const wordingOfBase = ({ models: { base } }: PipelineConfig): "compact" | "instructed" =>
  base === "tiny" ? "compact" : "instructed";

/** Tasks that are drawn for an agent without questions, where the file names no number. */
const DRAWN_TASKS = 20;

/** Raw trajectories of an agent: its questions, then drawn tasks. Files that are there stay. @throws as `makeRollouts` */
export async function* agentRollouts(
  config: PipelineConfig,
  [domain, agent]: readonly [string, PipelineAgent],
  { signal, onProgress, threads }: PipelineWork,
): AsyncGenerator<RolloutsReport, void> {
  const { questions, context, levels, samples, mistake_rate: mistakeRate } = agent;
  const { model, policy, max_actions: maxActions } = agent;
  const { count = questions.length > 0 ? 0 : DRAWN_TASKS } = agent;
  const common = {
    ...{ domain, out: rawFolder(config, domain), levels, samples, mistakeRate, maxActions },
    ...{ model, policy },
    ...{ prompt: wordingOfBase(config), seed: config.seed, split: "train" as const },
    ...{ temperature: 1, concurrency: 64, deadline: 60, replace: false, threads },
    ...{ signal, onProgress },
  };
  for (const question of questions) yield makeRollouts({ ...common, question, context, count: 1 });
  if (count > 0) yield makeRollouts({ ...common, count });
}

/** Where an agent's raw trajectories lie; a domain that is a file is called as its runs are. */
export const rawFolder = ({ data_root }: PipelineConfig, domain: string): string =>
  join(data_root, "raw", domainTitle(domain));

/**
 * Rewards all raw trajectories, writes the analysis and the unified trajectories with their rewards.
 * @returns the mean reward by the rules of `hone reward`
 * @throws as `rewardTrajectories`
 */
export async function rewardAll(
  config: PipelineConfig,
  { signal, onProgress }: PipelineWork,
): Promise<{ readonly count: number; readonly mean: number; readonly out: string }> {
  const { agents, data_root: root, rewards } = config;
  const domains = Object.keys(agents);
  const common = { ...rewards, signal, onProgress };
  for (const name of domains) {
    const domain = domainTitle(name);
    await rewardTrajectories({
      ...{ ...common, sources: [join(rawFolder(config, name), "*.traj.json")], domain },
      out: join(root, "rewards", `${domain}.json`),
      rewarded: join(root, "unified", domain),
    });
  }
  const out = join(root, "rewards", "analysis.json");
  const sources = domains.map((domain) => join(rawFolder(config, domain), "*.traj.json"));
  const { count, statistics } = await rewardTrajectories({
    ...{ ...common, sources, domain: "general", out },
  });
  return { count, mean: statistics["all"]!["total"]!.mean, out };
}

/** Sets per tool of the unified trajectories. @throws as `makeSftSets` */
export function makeToolSets(config: PipelineConfig, work: PipelineWork): Promise<SetReport> {
  const { agents, data_root: root, sft, seed } = config;
  return makeSftSets({
    sources: Object.keys(agents).map((domain) =>
      join(root, "unified", domainTitle(domain), "*.json"),
    ),
    ...{ domain: "general", out: join(root, "sft"), replace: true, seed },
    ...{ validation: 0.1, test: 0.1, templates: sft.templates, minReward: sft.min_reward },
    ...{ signal: work.signal, onProgress: work.onProgress },
  });
}

/** All raw trajectories as conversations, which a base model from nothing is made of. @returns the file */
export async function makeConversations(
  config: PipelineConfig,
  { signal, onProgress }: PipelineWork,
): Promise<string> {
  const out = join(config.data_root, "conversations.jsonl");
  const domains = Object.keys(config.agents);
  const sources = domains.map((domain) => join(rawFolder(config, domain), "*.traj.json"));
  await convertTrajectories({
    ...{ sources, domain: "general", to: "chat", out, signal, onProgress },
  });
  return out;
}
