/** `hone train`: one algorithm on a domain's tasks, from settings to events. */
import { grpo } from "../algorithms/grpo.ts";
import { sft } from "../algorithms/sft.ts";
import { HoneError } from "../core/errors.ts";
import {
  compactMathFormat,
  equationTasks,
  expertEpisodes,
  instructedMathFormat,
  mathEnvironment,
  mathReward,
  type EquationTask,
} from "../domains/math.ts";
import { type ChatFormat, conversationOf } from "../environments/chat-format.ts";
import { environmentAgent } from "../environments/environment-agent.ts";
import type { TrainingClientOptions } from "../engine/clients/training-client.ts";
import type { Algorithm } from "../ports/algorithm.ts";
import type { Episode } from "../ports/environment.ts";
import { baseModelOf } from "./base-model.ts";
import { domainTexts } from "./domain-texts.ts";
import { findModel, type FoundModel } from "./find-model.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { runPipeline } from "./pipeline.ts";
import type { GrpoRunSettings, SftSettings } from "./settings.ts";

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
  const { out, threads, ...recorded } = settings;
  const { model, seed, levels, maxSteps, maxTokens, temperature } = settings;
  const isTiny = model === "tiny";
  const found = isTiny ? undefined : await findModel(model, signal === undefined ? {} : { signal });
  const format = chatFormat(settings.prompt ?? (isTiny ? "compact" : "instructed"));
  const tasks = {
    train: equationTasks({ split: "train", count: settings.trainTasks, levels, seed }),
    test: equationTasks({ split: "test", count: settings.testTasks, levels, seed }),
  };
  const weights = settings.weights ?? (isTiny ? "all" : "adapter");
  const { recompute, tokensPerMicrobatch } = settings;
  yield* runPipeline<EquationTask, Episode>({
    name: `${settings.domain}-${name}`,
    config: { command: `train ${name}`, ...recorded, weights },
    out,
    resume,
    prepareModel: async (folder) =>
      found?.folder ??
      baseModelOf(folder, { texts: await domainTexts(settings.domain, seed), seed }),
    training: {
      ...trainedPart(found, weights, settings),
      recompute,
      seed,
      ...(tokensPerMicrobatch === undefined ? {} : { tokensPerMicrobatch }),
    },
    phases: [{ name, algorithm: await algorithmOf(run, tasks.train, format) }],
    agent: environmentAgent(() => mathEnvironment({ maxSteps }), { format, maxSteps }),
    reward: mathReward,
    tasks,
    sampling: { maxTokens, temperature },
    evaluationMode: settings.evaluation,
    samplesPerTask: settings.samplesPerTask,
    seed,
    threads,
    concurrency: settings.concurrency,
    checkpointEvery: settings.checkpointEvery,
    signal,
  });
}

/** All weights, a fresh adapter, or the one that the model came with, which then decides the adapter's settings. */
function trainedPart(
  found: FoundModel | undefined,
  weights: "adapter" | "all",
  { model, rank, alpha, dropout, targets }: SftSettings | GrpoRunSettings,
): Pick<TrainingClientOptions, "lora" | "adapter"> {
  const isWhole = found?.checkpoint === undefined && found?.adapter === undefined;
  if (weights === "adapter" && found?.adapter !== undefined) return { adapter: found.adapter };
  if (!isWhole) {
    const expected = "a whole model; save it first with `hone model merge`";
    throw new HoneError("OPTION_INVALID", {
      where: "hone train",
      option: "model",
      got: model,
      expected,
    });
  }
  return { lora: weights === "all" ? false : { rank, alpha, dropout, targetModules: targets } };
}

/** How a domain's episodes are told to a model. */
export const chatFormat = (prompt: "compact" | "instructed"): ChatFormat =>
  prompt === "compact" ? compactMathFormat : instructedMathFormat;

async function algorithmOf(
  run: DomainRun,
  tasks: readonly EquationTask[],
  format: ChatFormat,
): Promise<Algorithm> {
  const { steps, learningRate, schedule, warmUpSteps, weightDecay, maxGradientNorm } = run.settings;
  const adam = { weightDecay, maxGradientNorm };
  const optimizer = { steps, learningRate, schedule, warmUpSteps, adam };
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
  const episodes = await expertEpisodes(tasks, { mistakeRate, maxSteps, seed });
  const conversations = episodes.map((episode) => conversationOf(episode, format));
  return sft({ ...optimizer, conversations, batchSize, normalize });
}
