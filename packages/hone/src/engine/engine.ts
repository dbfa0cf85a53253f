/**
 * The embedded engine: a model folder opened in a worker thread, with training and sampling clients on it.
 *
 * Everything heavy, tokenizer included, happens in the worker; the thread that calls stays free.
 *
 * @example
 * const engine = await openEngine("./models/tiny");
 * const training = await engine.createTrainingClient({ lora: { rank: 8 } });
 * await training.forwardBackward(data, "cross_entropy");
 * await training.optimStep({ learningRate: 1e-4 });
 * const policy = await training.saveWeightsForSampler();
 * await engine.close();
 */
import { availableParallelism } from "node:os";
import { HoneError } from "../core/errors.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import type { EngineTrainingClient, TrainingClientOptions } from "./clients/training-client.ts";
import { createTrainingClient } from "./clients/training-client.ts";
import { workerRenderer } from "./clients/renderer.ts";
import { WorkerSamplingClient } from "./clients/sampling-client.ts";
import { type EngineCall, engineCall } from "./clients/engine-call.ts";
import type { Architecture } from "./models/architecture.ts";
import { WorkerClient } from "./calls/worker-client.ts";

export interface EngineOptions {
  /** Threads of matrix products. Default: the machine's cores, at most 8. */
  readonly threads?: number;
  /** Share of the weights read so far, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

export interface Engine {
  readonly folder: string;
  readonly architecture: Architecture;
  readonly parameterCount: number;
  /** Tells this base model from others of the same shape. */
  readonly fingerprint: string;
  readonly threads: number;
  readonly renderer: Renderer;
  /** A client that trains an adapter (the default: rank 8 on q_proj and v_proj) or, with `lora: false`, all weights. */
  createTrainingClient(options?: TrainingClientOptions): Promise<EngineTrainingClient>;
  /** The base model, or the base with a PEFT adapter from a folder. */
  createSamplingClient(options?: { readonly adapter?: string }): Promise<SamplingClient>;
  /** Lets calls under way end and frees everything. */
  close(): Promise<void>;
}

/**
 * Opens a Hugging Face model folder.
 * @throws MODEL_NOT_FOUND, MODEL_TYPE_UNSUPPORTED, TENSOR_MISSING, TENSOR_SHAPE, WEIGHTS_NOT_FINITE, TOKENIZER_MISSING,
 *         MEMORY_INSUFFICIENT
 */
export async function openEngine(folder: string, options: EngineOptions = {}): Promise<Engine> {
  const threads = checkedThreads(options.threads);
  // tsc does not rewrite a URL's extension, so it comes from this file's own.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new WorkerClient(new URL(`./worker/engine-worker.${extension}`, import.meta.url), {
    threads,
  });
  const call: EngineCall = engineCall(worker);
  try {
    const onChunk = (share: unknown): void => options.onProgress?.(share as number);
    const summary = await call("open", { path: folder }, { signal: options.signal, onChunk });
    const renderer = workerRenderer(call, summary.stopTokens);
    let clientCount = 0;
    return {
      ...summary,
      threads,
      renderer,
      createTrainingClient: (choices = {}) =>
        createTrainingClient(call, `policy${clientCount++}`, choices),
      createSamplingClient: async ({ adapter } = {}) =>
        new WorkerSamplingClient(call, await call("sampler.open", { adapter })),
      close: () => worker.close(),
    };
  } catch (error) {
    await worker.close();
    throw error;
  }
}

function checkedThreads(threads = Math.min(8, availableParallelism())): number {
  if (Number.isInteger(threads) && threads >= 1) return threads;
  throw new HoneError("OPTION_INVALID", {
    where: "openEngine",
    option: "threads",
    got: String(threads),
    expected: "a whole number from 1",
  });
}
