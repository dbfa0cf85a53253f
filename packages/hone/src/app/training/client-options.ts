/** What the settings of `hone train` mean to the training client and to the pipeline. */
import {
  adaptersFromTexts,
  type AgentsByAdapter,
  checkAdapters,
} from "../../agents/agents-by-adapter.ts";
import { HoneError } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { TrainingClientOptions } from "../../engine/clients/training-client.ts";
import type { FoundModel } from "../models/find-model.ts";
import { limitsOf } from "./alarms/alarm-limits.ts";
import type { SharedSettings } from "./shared-settings.ts";

/** The settings that decide what is trained of a model, and how it is computed. */
export type ClientSettings = Pick<
  SharedSettings,
  | "model"
  | "weights"
  | "rank"
  | "alpha"
  | "dropout"
  | "targets"
  | "recompute"
  | "seed"
  | "tokensPerMicrobatch"
>;

/** What is trained: as the settings say, else all weights of a tiny model, and an adapter of any other and of each part of a team. */
export const trainedWeights = (settings: ClientSettings): "adapter" | "all" =>
  settings.weights ??
  (settings.model === "tiny" && teamOf(settings) === undefined ? "all" : "adapter");

/**
 * The adapters of a team; undefined where one policy is trained.
 * @throws OPTION_INVALID for adapters that cannot be, and where all weights are to be trained
 */
export function teamOf(settings: ClientSettings): AgentsByAdapter | undefined {
  // A setting of trainings on rollouts alone.
  const {
    adapters: texts,
    weights,
    creditCoordinator: coordinator,
  } = settings as ClientSettings & {
    readonly adapters?: readonly string[];
    readonly creditCoordinator?: string;
  };
  if (texts === undefined) return undefined;
  const check = optionChecks("npx hone train");
  const adapters = adaptersFromTexts(texts);
  if (Object.keys(adapters).length < texts.length)
    throw check.invalid("adapters", texts.join(), "a list in which each adapter is named once");
  checkAdapters(check, adapters);
  if (weights === "all")
    throw check.invalid("weights", weights, "left out or adapter beside adapters of a team");
  const agents = Object.values(adapters).flat();
  if (coordinator !== undefined && !agents.includes(coordinator))
    throw check.invalid(
      "creditCoordinator",
      coordinator,
      `one of the agents: ${agents.join(", ")}`,
    );
  return adapters;
}

/** The options of the training client. */
export function clientOptions(
  found: FoundModel | undefined,
  settings: ClientSettings,
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
  settings: ClientSettings,
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
