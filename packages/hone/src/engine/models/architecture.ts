/**
 * What a decoder-only transformer of the supported families is made of, as plain data read from its config.json.
 *
 * One description serves all families: a family is a function from its config to this.
 */
import type { RopeParameters } from "./rope.ts";

export type Family = "qwen2" | "qwen3" | "llama" | "gemma3";

/** "global" layers see everything before; "local" ones only the last `window` tokens. */
export type AttentionKind = "global" | "local";

/** What a decoder-only transformer is made of, as its config.json says. */
export interface Architecture {
  /** The family of models that it belongs to, such as "qwen3". */
  readonly family: Family;
  /** V, tokens there are logits for. */
  readonly vocabularySize: number;
  /** D, the width of the residual stream. */
  readonly width: number;
  /** Decoder layers. */
  readonly layerCount: number;
  /** H, query heads; a multiple of KV. */
  readonly headCount: number;
  /** KV, key/value heads. */
  readonly keyValueHeadCount: number;
  /** d, the size of a head. */
  readonly headSize: number;
  /** F, the width of the feed-forward layer. */
  readonly feedForwardWidth: number;
  /** Tokens of prompt and reply together at most. */
  readonly contextLength: number;
  /** ε of RMSNorm. */
  readonly normEpsilon: number;
  /** 1 where norm weights are stored as w − 1 (gemma), else 0. */
  readonly normOffset: 0 | 1;
  /** RMSNorm of every query and key head (qwen3, gemma3). */
  readonly hasQueryKeyNorms: boolean;
  /** Norms also after attention and feed-forward (gemma3). */
  readonly hasSandwichNorms: boolean;
  /** Biases on queries, keys and values (qwen2). */
  readonly hasQueryKeyValueBias: boolean;
  /** A bias on the output of attention. */
  readonly hasOutputBias: boolean;
  /** Whether the embedding is also the matrix of the logits. */
  readonly hasTiedEmbeddings: boolean;
  /** Embeddings are multiplied by this (gemma: √D). */
  readonly embeddingScale: number;
  /** The activation of the feed-forward layer. */
  readonly activation: "silu" | "gelu_tanh";
  /** Scores are multiplied by this, usually 1/√d. */
  readonly attentionScale: number;
  /** One entry per layer. */
  readonly attentionKinds: readonly AttentionKind[];
  /** How many tokens a local layer sees, itself included; 0 where no layer is local. */
  readonly window: number;
  /** Rotary positions of each kind of layer. */
  readonly rope: Readonly<Record<AttentionKind, RopeParameters>>;
}

/** The linear layers of a decoder layer, by their Hugging Face names. */
export const linearModules = [
  "q_proj",
  "k_proj",
  "v_proj",
  "o_proj",
  "gate_proj",
  "up_proj",
  "down_proj",
] as const;

export type LinearModule = (typeof linearModules)[number];

/** Where a linear layer lies: "model.layers.3.self_attn.q_proj". */
export function modulePath(layer: number, module: LinearModule): string {
  const block = module.endsWith("q_proj") || /^[kvo]_proj$/.test(module) ? "self_attn" : "mlp";
  return `model.layers.${layer}.${block}.${module}`;
}

/** Rows and columns of a linear layer's weight, [out, in]. */
export function moduleShape(a: Architecture, module: LinearModule): readonly [number, number] {
  const queries = a.headCount * a.headSize;
  const keys = a.keyValueHeadCount * a.headSize;
  switch (module) {
    case "q_proj":
      return [queries, a.width];
    case "k_proj":
    case "v_proj":
      return [keys, a.width];
    case "o_proj":
      return [a.width, queries];
    case "gate_proj":
    case "up_proj":
      return [a.feedForwardWidth, a.width];
    case "down_proj":
      return [a.width, a.feedForwardWidth];
  }
}

/** True where the linear layer has a bias vector of [out]. */
export function hasBias(a: Architecture, module: LinearModule): boolean {
  return /^[qkv]_proj$/.test(module)
    ? a.hasQueryKeyValueBias
    : module === "o_proj" && a.hasOutputBias;
}

/** The runtime's attention over a cache takes heads of a multiple of this size. */
const CACHED_HEAD_STEP = 8;

/** The size of a head as caches hold it: that of the model, with zeros after it up to a size that the runtime takes. */
export const cachedHeadSize = ({ headSize }: Pick<Architecture, "headSize">): number =>
  Math.ceil(headSize / CACHED_HEAD_STEP) * CACHED_HEAD_STEP;

/** Every parameter of the model by its Hugging Face name, with its shape, in the order of the layers. */
export function parameterShapes(a: Architecture): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  shapes.set("model.embed_tokens.weight", [a.vocabularySize, a.width]);
  for (let layer = 0; layer < a.layerCount; layer++) {
    for (const name of layerNorms(a)) shapes.set(`model.layers.${layer}.${name}.weight`, [a.width]);
    if (a.hasQueryKeyNorms) {
      shapes.set(`model.layers.${layer}.self_attn.q_norm.weight`, [a.headSize]);
      shapes.set(`model.layers.${layer}.self_attn.k_norm.weight`, [a.headSize]);
    }
    for (const module of linearModules) {
      const path = modulePath(layer, module);
      shapes.set(`${path}.weight`, moduleShape(a, module));
      if (hasBias(a, module)) shapes.set(`${path}.bias`, [moduleShape(a, module)[0]]);
    }
  }
  shapes.set("model.norm.weight", [a.width]);
  if (!a.hasTiedEmbeddings) shapes.set("lm_head.weight", [a.vocabularySize, a.width]);
  return shapes;
}

/** The matrix that hidden states are multiplied with to give logits. */
export const headName = (a: Architecture): string =>
  a.hasTiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";

function layerNorms(a: Architecture): readonly string[] {
  const both = ["input_layernorm", "post_attention_layernorm"];
  return a.hasSandwichNorms
    ? [...both, "pre_feedforward_layernorm", "post_feedforward_layernorm"]
    : both;
}

/** How many numbers the model holds. */
export function parameterCount(a: Architecture): number {
  let count = 0;
  for (const shape of parameterShapes(a).values()) count += shape.reduce((x, y) => x * y, 1);
  return count;
}
