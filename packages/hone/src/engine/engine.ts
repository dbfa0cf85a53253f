/** The embedded engine: a model folder opened in a worker thread, with training and sampling clients on it. */
import { availableParallelism } from "node:os";
import { errorFromJson, type HoneError } from "../core/errors.ts";
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import { ownModule } from "../core/own-module.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import type { EngineTrainingClient, TrainingClientOptions } from "./clients/training-client.ts";
import { createTrainingClient } from "./clients/training-client.ts";
import { KnownReplies } from "./clients/known-replies.ts";
import { rendererClient } from "./clients/renderer.ts";
import { samplingClient } from "./clients/sampling-client.ts";
import { remoteObjects } from "./calls/remote-object.ts";
import { advisedMemory } from "./model-files/memory-advice.ts";
import type { Architecture } from "./models/architecture.ts";
import { WorkerClient } from "./calls/worker-client.ts";

/** Options of `openEngine`. */
export interface EngineOptions {
  /** Threads that matrix products run on. Default: the machine's cores, at most 8. */
  readonly threads?: number;
  /** Called with the share of the weights read so far, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Aborts opening; then CANCELLED is thrown. */
  readonly signal?: AbortSignal;
  /**
   * Called with each of the engine's `warnings`, when the model is open. Default: `process.emitWarning`, which Node prints.
   */
  readonly onWarning?: (warning: HoneError) => void;
}

/** A model that is open in a worker thread. */
export interface Engine {
  /** The model's folder. */
  readonly folder: string;
  /** What the model is made of. */
  readonly architecture: Architecture;
  /** How many numbers the model holds. */
  readonly parameterCount: number;
  /** Tells this base model from others of the same shape: 32 hex digits. */
  readonly fingerprint: string;
  /**
   * Where the folder's files contradict each other, and what was done about it, as transformers does: an output layer that is
   * said to be tied and is not (MODEL_HEAD_NOT_TIED), weights without a place (MODEL_TENSORS_UNUSED), a tokenizer of another
   * model (MODEL_TOKENS_WITHOUT_ROWS, MODEL_STOP_TOKEN_INVALID). What cannot be settled is an error of `openEngine`.
   */
  readonly warnings: readonly HoneError[];
  /** Threads that matrix products run on. */
  readonly threads: number;
  /** The model's chat template and tokenizer. */
  readonly renderer: Renderer;
  /**
   * A client that trains an adapter (the default: rank 8 on q_proj and v_proj) or, with `lora: false`, all weights.
   * @throws OPTION_INVALID, MEMORY_INSUFFICIENT; ADAPTER_* for an adapter that does not fit
   */
  createTrainingClient(options?: TrainingClientOptions): Promise<EngineTrainingClient>;
  /**
   * A client that samples from the base model.
   * @param options.adapter  a PEFT folder; then from the base with this adapter
   * @throws OPTION_INVALID, ADAPTER_*
   */
  createSamplingClient(options?: { readonly adapter?: string }): Promise<SamplingClient>;
  /** Lets calls under way end and frees everything; later calls throw ENGINE_CLOSED. */
  close(): Promise<void>;
}

/**
 * Opens a Hugging Face model folder in a worker thread. Everything heavy, tokenizer included, happens there; the calling
 * thread stays free.
 *
 * @param folder  holds config.json, safetensors weights, and a tokenizer with a chat template; or a GGUF file, which is imported
 *                once into the Hugging Face cache
 * @throws MODEL_NOT_FOUND, MODEL_TYPE_UNSUPPORTED, TENSOR_MISSING, TENSOR_SHAPE, WEIGHTS_NOT_FINITE, TOKENIZER_MISSING,
 *         MEMORY_INSUFFICIENT, OPTION_INVALID, CANCELLED
 * @example
 * const engine = await openEngine("./models/tiny");
 * const training = await engine.createTrainingClient({ lora: { rank: 8 } });
 * await training.forwardBackward(data, "cross_entropy");
 * await training.optimStep({ learningRate: 1e-4 });
 * const policy = await training.saveWeightsForSampler();
 * await engine.close();
 */
export async function openEngine(folder: string, options: EngineOptions = {}): Promise<Engine> {
  const threads = checkedThreads(options);
  const worker = new WorkerClient(
    ownModule(new URL("./worker/engine-worker.ts", import.meta.url)),
    { threads },
  );
  const remote = remoteObjects(worker);
  const replies = new KnownReplies();
  try {
    const calls = remote("engine");
    const onProgress = (share: number): void => options.onProgress?.(share);
    const { place, warnings: imported } = await modelPlace(folder, options.signal);
    const opened = await advisedMemory("sample", calls.open(place, onProgress, options.signal));
    const { stopTokens, warnings: found, ...model } = opened;
    const warnings = [...imported, ...found.map((json) => errorFromJson(json) as HoneError)];
    for (const warning of warnings) (options.onWarning ?? emitWarning)(warning);
    let clientCount = 0;
    return {
      ...model,
      warnings,
      threads,
      renderer: rendererClient(remote, stopTokens, replies),
      createTrainingClient: (choices = {}) =>
        advisedMemory(
          choices.lora === false ? "all" : "adapter",
          createTrainingClient(remote, `policy${clientCount++}`, {
            options: choices,
            replies,
            contextLength: model.architecture.contextLength,
          }),
        ),
      createSamplingClient: async (choices = {}) => {
        checkOptions("createSamplingClient", choices, { adapter: true });
        return samplingClient(remote, await calls.openSampler(choices.adapter), replies);
      },
      close: () => worker.close(),
    };
  } catch (error) {
    await worker.close();
    throw error;
  }
}

/** The folder that is opened: the given one, or that of an imported GGUF file. */
async function modelPlace(
  folder: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly place: string; readonly warnings: readonly HoneError[] }> {
  if (!folder.endsWith(".gguf")) return { place: folder, warnings: [] };
  const { importOnce, isGgufFile } = await import("./hub/import-once.ts");
  if (!(await isGgufFile(folder))) return { place: folder, warnings: [] };
  const { folder: place, warnings } = await importOnce(folder, { signal });
  return { place, warnings };
}

const emitWarning = ({ message, code }: HoneError): void =>
  process.emitWarning(message, { type: "HoneWarning", code });

const engineOptionNames: OptionNames<EngineOptions> = {
  threads: true,
  onProgress: true,
  signal: true,
  onWarning: true,
};

/** How many threads to start with. @throws OPTION_INVALID */
function checkedThreads(options: EngineOptions): number {
  checkOptions("openEngine", options, engineOptionNames);
  const { threads = Math.min(8, availableParallelism()), onProgress, onWarning } = options;
  const check = optionChecks("openEngine");
  if (onWarning !== undefined) check.callable("onWarning", onWarning);
  if (onProgress !== undefined) check.callable("onProgress", onProgress);
  return check.whole("threads", threads, { min: 1 });
}
