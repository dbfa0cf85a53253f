/** Which models of common sizes a machine has the memory for, by the estimate with which the engine refuses a model. */
import { loraConfig, loraShapes } from "../lora/lora.ts";
import { parameterCount } from "../models/architecture.ts";
import { readArchitecture } from "../models/models.ts";
import { estimateTraining } from "../training/estimate.ts";

export interface ModelSize {
  readonly model: string;
  readonly parameterCount: number;
  /** Bytes to sample from it, to train a LoRA of rank 8, and to train all weights. */
  readonly sample: number;
  readonly adapter: number;
  readonly all: number;
}

/** Widths of public models, from their config.json: [D, layers, heads, key/value heads, F, vocabulary, tied]. */
const shapes: Readonly<
  Record<string, readonly [number, number, number, number, number, number, boolean]>
> = {
  tiny: [128, 4, 4, 2, 384, 512, true],
  "Qwen2.5-0.5B": [896, 24, 14, 2, 4864, 151_936, true],
  "Qwen2.5-1.5B": [1536, 28, 12, 2, 8960, 151_936, true],
  "Qwen2.5-3B": [2048, 36, 16, 2, 11_008, 151_936, true],
  "Qwen2.5-7B": [3584, 28, 28, 4, 18_944, 152_064, false],
};

/** Bytes of keys and values and of activations that sampling needs beside the weights, as a share of the weights. */
const SAMPLING_EXTRA = 0.2;

export function modelSizes(): ModelSize[] {
  return Object.entries(shapes).map(([model, [width, layers, heads, keys, inner, words, tied]]) => {
    const config = {
      model_type: "qwen2",
      hidden_size: width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      num_key_value_heads: keys,
      intermediate_size: inner,
      vocab_size: words,
      max_position_embeddings: 4096,
      rms_norm_eps: 1e-6,
      rope_theta: 1e6,
      tie_word_embeddings: tied,
      hidden_act: "silu",
    };
    const architecture = readArchitecture(config, model);
    const count = parameterCount(architecture);
    let adapter = 0;
    for (const [rows, columns] of loraShapes(architecture, loraConfig({})).values()) {
      adapter += rows! * columns!;
    }
    const training = (trained: number): number =>
      estimateTraining(architecture, { trained, recompute: false, tokensPerMicrobatch: undefined })
        .total;
    return {
      model,
      parameterCount: count,
      sample: 4 * count * (1 + SAMPLING_EXTRA),
      adapter: training(adapter),
      all: training(count),
    };
  });
}

/** What a model is used for, as the bytes that it needs are listed. */
export type ModelUse = "sample" | "adapter" | "all";

/** The largest model of common sizes that fits into so many bytes; undefined where not even the smallest does. */
export const largestModel = (use: ModelUse, free: number): string | undefined =>
  modelSizes().findLast((size) => size[use] <= free)?.model;
