/** The training port over the worker, with what only the embedded engine can do: parameters, gradients, saving. */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type {
  ForwardedRows,
  TrainingCapabilities,
  TrainingClient,
} from "../../ports/training-client.ts";
import type { ParameterCalls, TrainerCalls } from "../calls/engine-methods.ts";
import type { RemoteObjects } from "../calls/remote-object.ts";
import { type LoraConfig, loraConfig, type LoraOptions } from "../lora/lora.ts";
import type { Head } from "../models/heads.ts";
import type { KnownReplies } from "./known-replies.ts";
import { samplingClient } from "./sampling-client.ts";

/** Options of `createTrainingClient`. */
export interface TrainingClientOptions {
  /** The adapter to train; false trains all weights. Default: rank 8, alpha 16, on q_proj and v_proj. */
  readonly lora?: LoraOptions | false;
  /** A PEFT folder to start from; its settings take the place of `lora`. Default: a fresh adapter. */
  readonly adapter?: string;
  /** "value" makes a critic: one number per token instead of log-probs. Default "lm". */
  readonly head?: Head;
  /** A file that `saveValueHead` wrote, to start the value head from. Only with the head "value". Default: a head of zeros. */
  readonly valueHead?: string;
  /** Compute layers again in the backward pass instead of keeping them: less memory, about a third more time. Default false. */
  readonly recompute?: boolean;
  /** Seed of a fresh adapter. Default 0. */
  readonly seed?: number;
  /** Tokens, with padding, that are computed at a time. Default: by the model's size. */
  readonly tokensPerMicrobatch?: number;
  /** Bytes training may use. Default: what the machine has free. */
  readonly memoryLimit?: number;
}

/** A training client of the embedded engine: the port, and reading and saving what is trained. */
export interface EngineTrainingClient extends TrainingClient, ParameterCalls {
  /** The adapter's settings; undefined where all weights are trained. */
  readonly lora: LoraConfig | undefined;
  /** "lm" for a policy, "value" for a model that says a number for each token. */
  readonly head: Head;
  /** How many numbers are trained. */
  readonly trainedCount: number;
}

const capabilities: Readonly<Record<Head, TrainingCapabilities>> = {
  lm: {
    losses: ["cross_entropy", "importance_sampling", "ppo", "cispo", "dro"],
    kl: true,
    bounds: true,
    kept: true,
  },
  value: { losses: ["value"], kl: false },
};

const optionNames: OptionNames<TrainingClientOptions> = {
  // An object of options or false; loraConfig checks the former.
  lora: true,
  adapter: true,
  head: true,
  valueHead: true,
  recompute: true,
  seed: true,
  tokensPerMicrobatch: true,
  memoryLimit: true,
};

/** @throws OPTION_INVALID, before the worker is asked */
function completeOptions(options: TrainingClientOptions) {
  checkOptions("createTrainingClient", options, optionNames);
  const { lora = {}, adapter, head = "lm", recompute = false, seed = 0 } = options;
  const { tokensPerMicrobatch, memoryLimit, valueHead } = options;
  const check = optionChecks("createTrainingClient");
  if (adapter !== undefined) check.text("adapter", adapter);
  check.oneOf("head", head, ["lm", "value"]);
  if (valueHead !== undefined) {
    check.text("valueHead", valueHead);
    if (head !== "value")
      throw check.invalid("valueHead", valueHead, 'left out without head: "value"');
  }
  check.flag("recompute", recompute);
  check.whole("seed", seed);
  if (tokensPerMicrobatch !== undefined)
    check.number("tokensPerMicrobatch", tokensPerMicrobatch, { min: 1 });
  if (memoryLimit !== undefined) check.number("memoryLimit", memoryLimit, { min: 1 });
  const how = { recompute, seed, tokensPerMicrobatch, memoryLimit };
  return { lora, adapter, head, valueHead, ...how };
}

/** @throws OPTION_INVALID; MEMORY_INSUFFICIENT; ADAPTER_* */
export async function createTrainingClient(
  remote: RemoteObjects,
  name: string,
  {
    options,
    replies,
    contextLength,
  }: {
    readonly options: TrainingClientOptions;
    readonly replies: KnownReplies;
    readonly contextLength: number;
  },
): Promise<EngineTrainingClient> {
  const { lora, head, ...complete } = completeOptions(options);
  const { trainer, ...opened } = await remote("engine").openTrainer({
    name,
    lora: lora === false ? undefined : loraConfig(lora),
    head,
    ...complete,
  });
  const { forwardBackwardInParts, answerPart, ...calls } = remote("trainer", trainer);
  const inParts = weighedPasses({ forwardBackwardInParts, answerPart });
  return {
    ...calls,
    ...opened,
    ...(head === "lm" && { forwardBackwardWith: inParts }),
    head,
    capabilities: { ...capabilities[head], contextLength },
    saveWeightsForSampler: async (version) =>
      samplingClient(remote, await calls.saveWeightsForSampler(version), replies),
  };
}

/** `forwardBackwardWith` over the worker, which hands out parts and waits for the weights of each. */
const weighedPasses =
  ({
    forwardBackwardInParts,
    answerPart,
  }: Pick<TrainerCalls, "forwardBackwardInParts" | "answerPart">): NonNullable<
    TrainingClient["forwardBackwardWith"]
  > =>
  async (data, { groups, weigh }) => {
    let failure: { readonly error: unknown } | undefined;
    const answer = (part: ForwardedRows): void => {
      let weights: readonly Float32Array[] | undefined;
      try {
        weights = weigh(part);
      } catch (error) {
        failure = { error };
      }
      // Where the worker is gone this fails, too; the call itself tells it.
      answerPart(weights).catch(() => undefined);
    };
    try {
      return await forwardBackwardInParts(data, groups, answer);
    } catch (error) {
      throw failure === undefined ? error : failure.error;
    }
  };
