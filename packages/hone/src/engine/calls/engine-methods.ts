/**
 * The one table of what crosses between the main thread and the engine's worker: objects that live in the worker, their
 * methods, and how a call of each travels.
 *
 * The worker's objects implement the interfaces below (`worker/`), the main thread's clients call them under the same names
 * and signatures (`remote-object.ts`), and dispatch follows the rows (`object-handlers.ts`). A method without a row does not
 * compile, and neither does one without an implementation. See docs/decisions/0015-one-table-of-engine-methods.md.
 */
import type { ErrorJson } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { TokenIds } from "../../core/rollout.ts";
import type { Renderer } from "../../ports/renderer.ts";
import type {
  SampledSequence,
  SamplingClient,
  SamplingParams,
  TopLogProbs,
} from "../../ports/sampling-client.ts";
import type {
  Datum,
  ForwardedRows,
  ForwardOutput,
  TrainingClient,
} from "../../ports/training-client.ts";
import type { LoraConfig } from "../lora/lora.ts";
import type { Architecture } from "../models/architecture.ts";
import type { Head } from "../models/heads.ts";

/** What `open` says of a model. */
export interface ModelSummary {
  readonly folder: string;
  readonly architecture: Architecture;
  readonly parameterCount: number;
  readonly stopTokens: readonly number[];
  readonly fingerprint: string;
  /** Where the folder's files contradict each other. */
  readonly warnings: readonly ErrorJson[];
}

/** What a trainer is opened with, defaults filled in. */
export interface OpenTrainer {
  /** Names its weights' versions. */
  readonly name: string;
  readonly lora: LoraConfig | undefined;
  /** A PEFT folder with an adapter to start from; its settings are used in place of `lora`. */
  readonly adapter: string | undefined;
  readonly head: Head;
  /** A file with the weights of a value head. */
  readonly valueHead: string | undefined;
  readonly recompute: boolean;
  readonly seed: number;
  readonly tokensPerMicrobatch: number | undefined;
  readonly memoryLimit: number | undefined;
}

export interface TrainerSummary {
  /** The trainer's id in the worker. */
  readonly trainer: string;
  readonly trainedCount: number;
  readonly lora: LoraConfig | undefined;
}

export interface SamplerSummary {
  /** The sampler's id in the worker. */
  readonly sampler: string;
  readonly weightsVersion: string;
}

/** A tensor by its Hugging Face name. */
export interface NamedTensor {
  /** Its dimensions, such as [out, in]. */
  readonly shape: readonly number[];
  /** Its numbers in row-major order, a copy. */
  readonly data: Float32Array;
}

/** The worker itself. */
export interface EngineCalls {
  /**
   * @param onProgress  called with the share of the weights read, 0 to 1
   * @throws CANCELLED when the signal aborts while weights are read; and whatever is wrong with the folder
   */
  open(
    folder: string,
    onProgress: (share: number) => void,
    signal?: AbortSignal,
  ): Promise<ModelSummary>;
  openTrainer(options: OpenTrainer): Promise<TrainerSummary>;
  /** The base model, or the base with a PEFT adapter from a folder. */
  openSampler(adapter: string | undefined): Promise<SamplerSummary>;
}

/** What only the embedded engine can do with what it trains. */
export interface ParameterCalls {
  /** Names of the trained parameters, Hugging Face's or PEFT's. */
  parameterNames(): Promise<readonly string[]>;
  /** A copy of a parameter, trained or of the base. @throws TENSOR_MISSING */
  parameter(name: string): Promise<NamedTensor>;
  /** A copy of a trained parameter's accumulated gradient. @throws TENSOR_MISSING */
  gradient(name: string): Promise<NamedTensor>;
  /**
   * Saves a Hugging Face folder with the weights as they are now, an adapter merged into them.
   * @param options.replace  put it in the place of a folder that holds files. Default false: that is an error
   * @throws MODEL_FOLDER_EXISTS, DISK_FULL, WRITE_FAILED
   */
  saveModel(path: string, options?: { readonly replace?: boolean }): Promise<void>;
  /**
   * Saves the adapter as PEFT's files.
   * @param options.replace  as in `saveModel`
   * @throws OPTION_INVALID where all weights are trained; MODEL_FOLDER_EXISTS, DISK_FULL, WRITE_FAILED
   */
  saveAdapter(path: string, options?: { readonly replace?: boolean }): Promise<void>;
  /**
   * Saves the weights of the value head as a safetensors file, in the place of one that is there; `createTrainingClient` takes it
   * as `valueHead`, and `saveModel` or `saveAdapter` save the rest.
   * @throws OPTION_INVALID for a client without a value head; DISK_FULL, WRITE_FAILED
   */
  saveValueHead(file: string): Promise<void>;
}

/** A trainer: the training port, with snapshots as ids of samplers, and with weights that come from the main thread. */
export interface TrainerCalls
  extends
    Omit<TrainingClient, "capabilities" | "saveWeightsForSampler" | "forwardBackwardWith">,
    ParameterCalls {
  /** `forwardBackwardWith`: each part that is handed out waits for `answerPart`. */
  readonly forwardBackwardInParts: (
    data: readonly Datum[],
    groups: readonly (readonly number[])[] | undefined,
    onPart: (part: ForwardedRows) => void,
  ) => Promise<ForwardOutput>;
  /** The weights of the part that was handed out; undefined where there are none, which ends the pass. */
  readonly answerPart: (weights: readonly Float32Array[] | undefined) => Promise<void>;
  saveWeightsForSampler(name?: string): Promise<SamplerSummary>;
}

/** A sampled sequence with what it says; no reply where its tokens cannot be parsed. */
export interface SampledReply {
  readonly sequence: SampledSequence;
  readonly reply: Message | undefined;
}

/** A sampler: the sampling port, and sampling with the replies parsed on the spot. */
export interface SamplerCalls extends Omit<
  SamplingClient,
  "weightsVersion" | "scoresCuts" | "topLogProbs" | "adapter"
> {
  topLogProbs(tokens: TokenIds, count: number): Promise<TopLogProbs>;
  sampleReplies(
    prompt: TokenIds,
    n: number,
    params: SamplingParams,
    signal?: AbortSignal,
  ): Promise<SampledReply[]>;
}

/** Every kind of object in the worker. Calls name the object by its id; there is one engine and one renderer. */
export interface EngineObjects {
  engine: EngineCalls;
  renderer: Omit<Renderer, "stopTokens">;
  trainer: TrainerCalls;
  sampler: SamplerCalls;
}

export type ObjectKind = keyof EngineObjects;

/** How a call of one method travels. */
export interface MethodRow {
  /**
   * "at once": posted in a message of its own, which copies the arguments. "together": the arguments are copied first, then
   * posted together with all other calls of this turn of the event loop; for small calls that are made by the dozen.
   */
  readonly travels: "at once" | "together";
  /** Starts when every earlier call of this object has ended. Otherwise calls run side by side. */
  readonly isInTurn?: boolean;
  /** Belongs to a call under way, so it is taken also when no others are, because the engine closes. */
  readonly isAnswer?: boolean;
  /** The place of an AbortSignal among the arguments; the worker's method gets a signal that follows it. */
  readonly signal?: number;
  /** The place of a function among the arguments; what the worker's method hands to it is sent back. */
  readonly callback?: number;
  /** The method returns an async iterable, whose values are sent as they come. */
  readonly isStream?: boolean;
}

const atOnce = { travels: "at once" } as const satisfies MethodRow;
const together = { travels: "together" } as const satisfies MethodRow;
const inTurn = { travels: "at once", isInTurn: true } as const satisfies MethodRow;

type MethodTable = {
  readonly [Kind in ObjectKind]: { readonly [Method in keyof EngineObjects[Kind]]-?: MethodRow };
};

/** The rows. Calls of one trainer are in turn, so that they run in the order of submission. */
export const engineMethods: MethodTable = {
  engine: {
    open: { travels: "at once", callback: 1, signal: 2 },
    openTrainer: atOnce,
    openSampler: atOnce,
  },
  renderer: {
    prompt: together,
    extend: together,
    callOpening: together,
    answerOpening: together,
    conversation: together,
    parse: together,
    encode: together,
    decode: together,
    tokenBytes: together,
    templateDigest: together,
  },
  trainer: {
    forward: inTurn,
    forwardBackward: inTurn,
    forwardBackwardInParts: { travels: "at once", isInTurn: true, callback: 2 },
    answerPart: { travels: "at once", isAnswer: true },
    optimStep: inTurn,
    discardGradients: inTurn,
    saveState: inTurn,
    loadState: inTurn,
    saveWeightsForSampler: inTurn,
    parameterNames: inTurn,
    parameter: inTurn,
    gradient: inTurn,
    saveModel: inTurn,
    saveAdapter: inTurn,
    saveValueHead: inTurn,
    close: inTurn,
  },
  sampler: {
    sample: { travels: "together", signal: 3 },
    sampleReplies: { travels: "together", signal: 3 },
    stream: { travels: "at once", signal: 2, isStream: true },
    logProbs: together,
    topLogProbs: together,
    close: atOnce,
  },
};
