/** The training port over the worker, with what only the embedded engine can do: parameters, gradients, saving. */
import type {
  CheckpointRef,
  TrainingCapabilities,
  TrainingClient,
} from "../../ports/training-client.ts";
import { type LoraConfig, loraConfig, type LoraOptions } from "../lora/lora.ts";
import type { Head } from "../training/forward.ts";
import type { NamedTensor } from "../calls/engine-methods.ts";
import type { EngineCall } from "./engine-call.ts";
import { WorkerSamplingClient } from "./sampling-client.ts";

export interface TrainingClientOptions {
  /** The adapter to train; false trains all weights. Default: rank 8, alpha 16 on q_proj and v_proj. */
  readonly lora?: LoraOptions | false;
  /** A PEFT folder to start from, with its settings. */
  readonly adapter?: string;
  /** "value" makes a critic: one number per token instead of log-probs. Default "lm". */
  readonly head?: Head;
  /** Compute layers again on the way back instead of keeping them: less memory, about a third more time. Default false. */
  readonly recompute?: boolean;
  /** Seed of a fresh adapter. Default 0. */
  readonly seed?: number;
  /** Tokens, with padding, computed at once. Default: by the model's size. */
  readonly tokensPerMicrobatch?: number;
  /** Bytes training may use. Default: what the machine has free. */
  readonly memoryLimit?: number;
}

export interface EngineTrainingClient extends TrainingClient {
  /** The adapter's settings; undefined where all weights are trained. */
  readonly lora: LoraConfig | undefined;
  /** How many numbers are trained. */
  readonly trainedCount: number;
  /** Names of the trained parameters, Hugging Face's or PEFT's. */
  parameterNames(): Promise<readonly string[]>;
  /** A copy of a parameter, trained or of the base. */
  parameter(name: string): Promise<NamedTensor>;
  /** A copy of a trained parameter's accumulated gradient. */
  gradient(name: string): Promise<NamedTensor>;
  /** Saves a Hugging Face folder with the weights as they are now, an adapter merged into them. */
  saveModel(path: string, options?: { readonly replace?: boolean }): Promise<void>;
  /** Saves the adapter as PEFT's files. */
  saveAdapter(path: string, options?: { readonly replace?: boolean }): Promise<void>;
}

const capabilities: TrainingCapabilities = {
  losses: ["cross_entropy", "importance_sampling", "ppo", "cispo", "dro"],
  kl: true,
};
const valueCapabilities: TrainingCapabilities = { losses: ["value"], kl: false };

export async function createTrainingClient(
  call: EngineCall,
  name: string,
  options: TrainingClientOptions,
): Promise<EngineTrainingClient> {
  const {
    lora = {},
    adapter,
    head = "lm",
    recompute = false,
    seed = 0,
    tokensPerMicrobatch,
    memoryLimit,
  } = options;
  const config = lora === false ? undefined : loraConfig(lora);
  const opened = await call("trainer.open", {
    name,
    lora: config,
    adapter,
    head,
    recompute,
    seed,
    tokensPerMicrobatch,
    memoryLimit,
  });
  const { trainer, trainedCount } = opened;
  return {
    capabilities: head === "value" ? valueCapabilities : capabilities,
    lora: opened.lora,
    trainedCount,
    forward: (data, loss = head === "value" ? "value" : "cross_entropy") =>
      call("trainer.forward", { trainer, data, loss }),
    forwardBackward: (data, loss, lossConfig = {}) =>
      call("trainer.forwardBackward", { trainer, data, loss, config: lossConfig }),
    optimStep: (params) => call("trainer.optimStep", { trainer, params }),
    discardGradients: () => call("trainer.discardGradients", { trainer }),
    saveState: async (path): Promise<CheckpointRef> => {
      await call("trainer.saveState", { trainer, path });
      return { path };
    },
    loadState: ({ path }, { optimizer }) => call("trainer.loadState", { trainer, path, optimizer }),
    saveWeightsForSampler: async (snapshot) =>
      new WorkerSamplingClient(call, await call("trainer.snapshot", { trainer, name: snapshot })),
    parameterNames: () => call("trainer.names", { trainer }),
    parameter: (parameter) => call("trainer.parameter", { trainer, name: parameter }),
    gradient: (parameter) => call("trainer.gradient", { trainer, name: parameter }),
    saveModel: (path, { replace = false } = {}) =>
      call("trainer.saveModel", { trainer, path, replace }),
    saveAdapter: (path, { replace = false } = {}) =>
      call("trainer.saveAdapter", { trainer, path, replace }),
    close: () => call("trainer.close", { trainer }),
  };
}
