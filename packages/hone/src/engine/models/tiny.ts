/**
 * "tiny": a small model of the qwen2 family made from a seed, for tests and demos. Its config.json is an ordinary one.
 *
 * Embeddings are normal with deviation 0.02, linear layers with 0.45 / √D (0.04 at D = 128, measured to learn faster than
 * 0.02 there), those that write into the residual stream divided by √(2·layers) as in GPT-2 (Radford et al. 2019, §2.3);
 * norms are 1, biases 0.
 */
import { Random } from "../../core/random.ts";
import { elementCount } from "../../tensor/shape.ts";
import { type Architecture, parameterShapes } from "./architecture.ts";

export interface TinyOptions {
  readonly vocabularySize: number;
  /** Default 4. */
  readonly layers?: number;
  /** D. Default 128. */
  readonly width?: number;
  /** Query heads. Default 4. */
  readonly heads?: number;
  /** Key/value heads. Default 2. */
  readonly keyValueHeads?: number;
  /** F. Default 3·D. */
  readonly feedForward?: number;
  /** Default 512. */
  readonly contextLength?: number;
}

/** The config.json of a tiny model. */
export function tinyConfig(
  options: TinyOptions,
  endOfTurn: number,
  padding: number,
): Record<string, unknown> {
  const {
    vocabularySize,
    layers = 4,
    width = 128,
    heads = 4,
    keyValueHeads = 2,
    contextLength = 512,
  } = options;
  return {
    architectures: ["Qwen2ForCausalLM"],
    model_type: "qwen2",
    vocab_size: vocabularySize,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    intermediate_size: options.feedForward ?? 3 * width,
    max_position_embeddings: contextLength,
    rms_norm_eps: 1e-6,
    rope_theta: 10_000,
    tie_word_embeddings: true,
    hidden_act: "silu",
    attention_dropout: 0,
    use_sliding_window: false,
    bos_token_id: null,
    eos_token_id: endOfTurn,
    pad_token_id: padding,
    torch_dtype: "float32",
  };
}

/** Fresh weights by their Hugging Face names. */
export function initialWeights(
  architecture: Architecture,
  seed: number,
): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>();
  const linear = 0.45 / Math.sqrt(architecture.width);
  const intoResidual = linear / Math.sqrt(2 * architecture.layerCount);
  for (const [name, shape] of parameterShapes(architecture)) {
    const values = new Float32Array(elementCount(shape));
    if (name.endsWith("norm.weight")) values.fill(1 - architecture.normOffset);
    else if (name.endsWith(".weight")) {
      const isLinear = name.includes("_proj.");
      const isIntoResidual = /\.(o_proj|down_proj)\./.test(name);
      const deviation = isIntoResidual ? intoResidual : isLinear ? linear : 0.02;
      const random = new Random(seed, name);
      for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
    }
    weights.set(name, values);
  }
  return weights;
}
