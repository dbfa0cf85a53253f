/** What the settings of `hone train` mean to the training client and to the pipeline. */
import { HoneError } from "../../core/errors.ts";
import type { TrainingClientOptions } from "../../engine/clients/training-client.ts";
import type { FoundModel } from "../models/find-model.ts";
import { limitsOf } from "./alarms/alarm-limits.ts";
import type { SharedSettings } from "./shared-settings.ts";

/** What is trained: as the settings say, else all weights of a tiny model and an adapter of any other. */
export const trainedWeights = ({ weights, model }: SharedSettings): "adapter" | "all" =>
  weights ?? (model === "tiny" ? "all" : "adapter");

/** The options of the training client. */
export function clientOptions(
  found: FoundModel | undefined,
  settings: SharedSettings,
): TrainingClientOptions {
  const { recompute, seed, tokensPerMicrobatch } = settings;
  return {
    ...trainedPart(found, settings),
    recompute,
    seed,
    ...(found?.valueHead !== undefined && { valueHead: found.valueHead }),
    ...(tokensPerMicrobatch === undefined ? {} : { tokensPerMicrobatch }),
  };
}

/** All weights, a fresh adapter, or the adapter that the model came with, which then decides the adapter's settings. */
function trainedPart(
  found: FoundModel | undefined,
  settings: SharedSettings,
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

/** How rollouts are sampled and measured, and how often a run is saved, as the pipeline takes it. */
export function pipelineSettings({
  maxTokens,
  temperature,
  evaluation: evaluationMode,
  samplesPerTask,
  seed,
  threads,
  concurrency,
  deadline,
  checkpointEvery,
  alarms,
  store,
  keepRollouts,
}: SharedSettings) {
  const sampling = { maxTokens, temperature };
  return {
    sampling,
    evaluationMode,
    samplesPerTask,
    seed,
    threads,
    concurrency,
    deadline,
    checkpointEvery,
    alarms: limitsOf(alarms),
    store,
    keepRollouts,
  };
}
