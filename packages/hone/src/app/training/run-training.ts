/** `hone train`: one algorithm on a domain's tasks, from settings to events. */
import { grpo } from "../../algorithms/grpo.ts";
import { sft } from "../../algorithms/sft.ts";
import type { Task } from "../../core/rollout.ts";
import { type ChatFormat, conversationOf } from "../../environments/chat-format.ts";
import { environmentAgent } from "../../environments/environment-agent.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import type { Episode } from "../../ports/environment.ts";
import { baseModelOf } from "./model-from-nothing.ts";
import { domainTexts } from "./sources/domain-texts.ts";
import { type Domain, domainOf } from "../domains.ts";
import { findModel } from "../models/find-model.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { runPipeline } from "./pipeline-session.ts";
import { promptOf } from "./prompt-wording.ts";
import {
  type GrpoRunSettings,
  grpoSettings,
  meaningful,
  type SftSettings,
  sftSettings,
} from "./setting-kinds.ts";
import { optimizerOf, pipelineOptionsOf, trainedWeights, trainingOf } from "./client-options.ts";

export type DomainRun =
  | { readonly algorithm: "sft"; readonly settings: SftSettings }
  | { readonly algorithm: "grpo"; readonly settings: GrpoRunSettings };

export interface DomainRunOptions {
  /** A run folder to go on with. */
  readonly resume?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The run as a stream of events; see pipeline.ts. */
export async function* runDomain(
  run: DomainRun,
  { resume, signal }: DomainRunOptions = {},
): AsyncGenerator<PipelineEvent, void> {
  const { settings, algorithm: name } = run;
  const { out, threads: _threads, ...given } = settings;
  const recorded = meaningful(name === "sft" ? sftSettings : grpoSettings, given);
  const { model, seed, levels, maxSteps } = settings;
  const isTiny = model === "tiny";
  const domain = domainOf(settings.domain);
  const found = isTiny ? undefined : await findModel(model, signal === undefined ? {} : { signal });
  const prompt = settings.prompt ?? (isTiny ? "compact" : promptOf(found?.run));
  const format = domain.formats[prompt];
  const tasks = {
    train: domain.tasks({ split: "train", count: settings.trainTasks, levels, seed }),
    test: domain.tasks({ split: "test", count: settings.testTasks, levels, seed }),
  };
  yield* runPipeline<Task, Episode>({
    name: `${settings.domain}-${name}`,
    config: { command: `train ${name}`, ...recorded, prompt, weights: trainedWeights(settings) },
    out,
    resume,
    prepareModel: async (folder) =>
      found?.folder ??
      baseModelOf(folder, { texts: await domainTexts(settings.domain, seed), seed }),
    training: trainingOf(found, settings),
    phases: [{ name, algorithm: await algorithmOf(run, domain, tasks.train, format) }],
    agent: environmentAgent(() => domain.environment({ maxSteps }), { format, maxSteps }),
    reward: (rollout) => domain.reward(rollout),
    tasks,
    ...pipelineOptionsOf(settings),
    signal,
  });
}

async function algorithmOf(
  run: DomainRun,
  domain: Domain,
  tasks: readonly Task[],
  format: ChatFormat,
): Promise<Algorithm> {
  const optimizer = optimizerOf(run.settings);
  if (run.algorithm === "grpo") {
    const { settings } = run;
    return grpo({
      ...optimizer,
      groupSize: settings.groupSize,
      groupsPerStep: settings.groupsPerStep,
      advantageScale: settings.advantageScale,
      normalization: settings.normalization,
      tokensPerAnswer: settings.maxTokens * settings.maxSteps,
      loss: settings.loss,
      clipLow: settings.clipLow,
      clipHigh: settings.clipHigh,
      kl: { coefficient: settings.klCoefficient },
      minibatchesPerBatch: settings.minibatchesPerBatch,
      epochsPerBatch: settings.epochsPerBatch,
    });
  }
  const { batchSize, mistakeRate, normalize, maxSteps, seed } = run.settings;
  const episodes = await domain.episodes(tasks, { mistakeRate, maxSteps, seed });
  const conversations = episodes.map((episode) => conversationOf(episode, format));
  return sft({ ...optimizer, conversations, batchSize, normalize });
}
