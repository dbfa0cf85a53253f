/** What the settings of `hone train` mean to the engine, to an optimizer and to the pipeline. */
import type { OptimizerOptions } from "../../algorithms/optimizer.ts";
import { HoneError } from "../../core/errors.ts";
import type { TrainingClientOptions } from "../../engine/clients/training-client.ts";
import type { FoundModel } from "../models/find-model.ts";
import type { GrpoRunSettings, SftSettings } from "./setting-kinds.ts";

type Settings = SftSettings | GrpoRunSettings;

/** All weights of a tiny model, an adapter of any other, unless the settings say it. */
export const trainedWeights = ({ weights, model }: Settings): "adapter" | "all" =>
  weights ?? (model === "tiny" ? "all" : "adapter");

/** The training client that the settings ask for. */
export function trainingOf(
  found: FoundModel | undefined,
  settings: Settings,
): TrainingClientOptions {
  const { recompute, seed, tokensPerMicrobatch } = settings;
  return {
    ...trainedPart(found, settings),
    recompute,
    seed,
    ...(tokensPerMicrobatch === undefined ? {} : { tokensPerMicrobatch }),
  };
}

/** All weights, a fresh adapter, or the one that the model came with, which then decides the adapter's settings. */
function trainedPart(
  found: FoundModel | undefined,
  settings: Settings,
): Pick<TrainingClientOptions, "lora" | "adapter"> {
  const { model, rank, alpha, dropout, targets } = settings;
  const weights = trainedWeights(settings);
  const isWhole = found?.checkpoint === undefined && found?.adapter === undefined;
  if (weights === "adapter" && found?.adapter !== undefined) return { adapter: found.adapter };
  if (!isWhole) {
    const expected = "a whole model; save it first with `npx hone model merge`";
    throw new HoneError("OPTION_INVALID", {
      where: "npx hone train",
      option: "model",
      got: model,
      expected,
    });
  }
  return { lora: weights === "all" ? false : { rank, alpha, dropout, targetModules: targets } };
}

/** Steps, rate and AdamW, as every algorithm takes them. */
export function optimizerOf(settings: Settings): OptimizerOptions & { readonly steps: number } {
  const { steps, learningRate, schedule, warmUpSteps, weightDecay, maxGradientNorm } = settings;
  const adam = { weightDecay, maxGradientNorm };
  return { steps, learningRate, schedule, warmUpSteps, adam };
}

/** How rollouts are sampled and measured, and how often a run is saved, as the pipeline takes it. */
export function pipelineOptionsOf({
  maxTokens,
  temperature,
  evaluation: evaluationMode,
  samplesPerTask,
  seed,
  threads,
  concurrency,
  checkpointEvery,
}: Settings) {
  const sampling = { maxTokens, temperature };
  return {
    sampling,
    evaluationMode,
    samplesPerTask,
    seed,
    threads,
    concurrency,
    checkpointEvery,
  };
}
