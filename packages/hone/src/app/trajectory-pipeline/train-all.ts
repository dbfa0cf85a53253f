/** `hone train all`: from agents to models, stage by stage: rollouts, rewards, a set and a model per tool, then PPO on each domain. */
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { domainTitle } from "../domains.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import { trainings } from "../trainings.ts";
import {
  agentRollouts,
  makeConversations,
  makeToolSets,
  type PipelineWork,
  rawFolder,
  rewardAll,
  wordingOfBase,
} from "./make-data.ts";
import type { PipelineConfig } from "./pipeline-config.ts";
import type { PipelineMode } from "./pipeline-modes.ts";
import { isTrained, placedTraining } from "./placed-training.ts";

/** What happened: a line about a stage, or a training that is to be run and shown. */
export type StageEvent =
  | {
      readonly kind: "stage";
      readonly fact: Readonly<Record<string, unknown>>;
      readonly text: string;
    }
  | {
      readonly kind: "training";
      readonly title: string;
      readonly events: AsyncGenerator<PipelineEvent, void>;
    };

/** What `trainAll` is given. */
export interface TrainAllOptions extends PipelineWork {
  readonly config: PipelineConfig;
  readonly mode: PipelineMode;
}

/**
 * All stages. What is there already stays: files of rollouts, and models whose training has ended; one that was stopped goes on. The
 * caller runs each training to its end before it asks for the next stage.
 * @throws as the stages
 */
export async function* trainAll(options: TrainAllOptions): AsyncGenerator<StageEvent, void> {
  const { config, mode } = options;
  yield* dataStages(options);
  // Sets come before the base, so that trajectories without anything to learn end the command before a model is trained.
  const tools = mode === "rl" ? [] : yield* setStage(options);
  if (config.models.base === "tiny") yield* baseStage(options);
  for (const tool of tools) yield* toolStage(options, tool);
  if (mode !== "sft") yield* policyStages(options);
}

async function* dataStages({ config, ...work }: TrainAllOptions): AsyncGenerator<StageEvent, void> {
  for (const agent of Object.entries(config.agents))
    for await (const report of agentRollouts(config, agent, work)) {
      const { domain, player, written, alreadyThere, failed, success, out } = report;
      const done = success === undefined ? "" : `, ${(100 * success).toFixed(0)} % done`;
      const left = failed === 0 ? "" : `, ${failed} failed`;
      yield {
        ...{ kind: "stage", fact: { stage: "rollouts", ...report } },
        text: `${domain} by ${player}: ${written} trajectories written to ${out}, ${alreadyThere} there${done}${left}`,
      };
    }
  const { count, mean, out } = await rewardAll(config, work);
  yield {
    ...{ kind: "stage", fact: { stage: "rewards", count, mean, out } },
    text: `rewards: ${count} trajectories, mean ${mean.toFixed(3)}, in ${out}`,
  };
}

/** A model from nothing, which knows the words of all trajectories; the other trainings start from it. */
async function* baseStage(options: TrainAllOptions): AsyncGenerator<StageEvent, void> {
  const { config, ...work } = options;
  const data = await makeConversations(config, work);
  const { base_dir: out } = config.models;
  yield* training(
    "sft",
    { ...options, out, title: "base model from nothing" },
    { model: "tiny", data },
  );
}

/** Makes a set for each tool. @returns those that are trained, with their files */
async function* setStage(
  options: TrainAllOptions,
): AsyncGenerator<StageEvent, readonly ToolSet[], void> {
  const { config, ...work } = options;
  const { sets, out, leftOut } = await makeToolSets(config, work);
  const wanted = config.sft.tools ?? sets.map(({ name }) => name);
  const missing = wanted.find((tool) => !sets.some(({ name }) => name === tool));
  if (missing !== undefined)
    throw new HoneError("SETS_EMPTY", {
      sources: [`sft.tools: ${missing}`],
      reasons: [],
      tools: sets.map(({ name }) => name),
    });
  const rows = sets.map(({ name, rows: { train } }) => `${name} ${train}`).join(", ");
  yield {
    ...{ kind: "stage", fact: { stage: "sets", sets: sets.map(({ name }) => name), leftOut, out } },
    text: `sets: ${rows}, in ${out}`,
  };
  return wanted.map((tool) => ({ tool, data: join(out, tool, "train.jsonl") }));
}

/** The set of a tool, as a file to learn from. */
interface ToolSet {
  readonly tool: string;
  readonly data: string;
}

async function* toolStage(
  options: TrainAllOptions,
  { tool, data }: ToolSet,
): AsyncGenerator<StageEvent, void> {
  const { config } = options;
  const out = join(config.models.sft_dir, tool);
  const flags = { model: baseOf(config), data };
  yield* training("sft", { ...options, out, title: `model of ${tool}` }, flags);
}

/** PPO: first on the stored trajectories, by their own tokens where they have any of this tokenizer, then on new rollouts. */
async function* policyStages(options: TrainAllOptions): AsyncGenerator<StageEvent, void> {
  const { config } = options;
  const { rl, agents, models } = config;
  const domains = rl.agents ?? Object.keys(agents);
  for (const domain of domains) {
    const out = domains.length === 1 ? models.rl_dir : join(models.rl_dir, domainTitle(domain));
    const flags = {
      ...{ model: baseOf(config), domain, levels: agents[domain]!.levels },
      ...{ trajectories: join(rawFolder(config, domain), "*.traj.json"), retokenize: true },
      ...{ trajectoryMinReward: rl.min_reward, prompt: wordingOfBase(config) },
    };
    yield* training("ppo", { ...options, out, title: `PPO on ${domainTitle(domain)}` }, flags);
  }
}

const baseOf = ({ models: { base, base_dir } }: PipelineConfig): string =>
  base === "tiny" ? base_dir : base;

interface TrainingPlace extends TrainAllOptions {
  readonly out: string;
  readonly title: string;
}

/** A training with the settings of its file, which the pipeline's own win over. One that has ended is left as it is. */
async function* training(
  name: "sft" | "ppo",
  { config, out, title, signal, threads }: TrainingPlace,
  own: Readonly<Record<string, unknown>>,
): AsyncGenerator<StageEvent, void> {
  if (isTrained(out)) {
    const text = `${title}: ${out} is there already`;
    yield { kind: "stage", fact: { stage: name, title, out, isThere: true }, text };
    return;
  }
  const file = name === "sft" ? config.sft.config : config.rl.config;
  const flags = { seed: config.seed, ...own };
  const { notices, events } =
    name === "sft"
      ? await placedTraining("sft", trainings.sft, { out, flags, file, threads, signal })
      : await placedTraining("ppo", trainings.ppo, { out, flags, file, threads, signal });
  for (const text of notices) yield { kind: "stage", fact: { stage: name, notice: text }, text };
  yield { kind: "training", title, events };
}
