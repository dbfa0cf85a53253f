/**
 * The data of all domains: raw trajectories of the experts, their rewards, the unified ones, a set to learn from per tool, and each domain's
 * conversations.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { convertTrajectories } from "../../data/convert-trajectories.ts";
import type { RolloutsReport } from "../../data/raw/make-rollouts.ts";
import {
  agentRollouts,
  makeToolSets,
  type PipelineWork,
  rewardAll,
} from "../../trajectory-pipeline/make-data.ts";
import type { PipelineAgent, PipelineConfig } from "../../trajectory-pipeline/pipeline-config.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import { shortPath } from "../../training/run-figures.ts";
import type { PhaseOptions } from "./phase-options.ts";
import type { DomainRecipe } from "./resolved-settings.ts";
import type { TrajectoryPaths } from "./trajectories-folder.ts";

/** Whether the data of all domains are there. */
export const hasData = ({ recipes, paths }: Pick<PhaseOptions, "recipes" | "paths">): boolean =>
  recipes.every(({ domain }) => existsSync(paths.conversations(domain)));

/** The phase as a stream of notes. Called again, it goes on with what is missing. @throws as `hone train all` for its data */
export async function* dataPhase(options: PhaseOptions): AsyncGenerator<PipelineEvent, void> {
  const config = pipelineConfig(options);
  const { settings, recipes, paths, signal } = options;
  const { threads } = settings;
  const work: PipelineWork = { signal, onProgress: () => undefined, threads };
  for (const agent of Object.entries(config.agents))
    for await (const report of agentRollouts(config, agent, work))
      yield* rolloutTexts(report).map(note);
  const { count, mean, out } = await rewardAll(config, work);
  yield note(`rewards of ${count} trajectories, mean ${mean.toFixed(2)}: ${shortPath(out)}`);
  const { sets, out: setsFolder } = await makeToolSets(config, work);
  yield note(`${sets.length} sets to learn from, one per tool: ${shortPath(setsFolder)}`);
  for (const { domain } of recipes) await writeConversations(domain, paths, work);
}

/** What came of a domain's rollouts, a line for each note. */
export function rolloutTexts(report: RolloutsReport): readonly string[] {
  const { domain, written, alreadyThere, success, failed, failure, notices } = report;
  const done = success === undefined ? "" : `, ${(100 * success).toFixed(0)} % of them done`;
  const there = alreadyThere === 0 ? "" : `, ${alreadyThere} were there`;
  const most = failure === undefined ? "" : ` (most often: ${failure})`;
  const lost = failed === 0 ? "" : `, ${failed} failed${most}`;
  return [`${domain}: ${written} trajectories of the expert${done}${there}${lost}`, ...notices];
}

const note = (text: string): PipelineEvent => ({ kind: "note", text });

/** The same as a file of `hone train all` would say it. */
function pipelineConfig({ settings, recipes, paths }: PhaseOptions): PipelineConfig {
  const { model = "tiny", seed, minReward } = settings;
  return {
    agents: Object.fromEntries(recipes.map((recipe) => [recipe.domain, agentOf(recipe)])),
    models: {
      base: model,
      base_dir: join(paths.models, "base"),
      sft_dir: join(paths.models, "sft"),
      rl_dir: join(paths.models, "rl"),
    },
    data_root: paths.data,
    rewards: {},
    sft: { min_reward: minReward },
    rl: { min_reward: 0 },
    seed,
  };
}

const agentOf = ({ level, trainTasks, mistakeRate, maxActions }: DomainRecipe): PipelineAgent => ({
  ...{ questions: [], count: trainTasks, levels: [level], samples: 1 },
  ...{ mistake_rate: mistakeRate, max_actions: maxActions },
});

async function writeConversations(
  domain: DomainRecipe["domain"],
  paths: TrajectoryPaths,
  { signal, onProgress }: PipelineWork,
): Promise<void> {
  const sources = [join(paths.unified(domain), "*.json")];
  const out = paths.conversations(domain);
  await convertTrajectories({ sources, domain, to: "chat", out, signal, onProgress });
}
