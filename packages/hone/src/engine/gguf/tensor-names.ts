/**
 * Names and order of weights in GGUF files, against Hugging Face's.
 * @source gguf-py, gguf/tensor_mapping.py; llama.cpp, conversion of LlamaModel (`permute`)
 */
import type { Architecture } from "../models/architecture.ts";

/** Parts of a layer by their Hugging Face names; those of the norms around the blocks differ between families. */
const layerParts: Readonly<Record<string, string>> = {
  input_layernorm: "attn_norm",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  "self_attn.q_norm": "attn_q_norm",
  "self_attn.k_norm": "attn_k_norm",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
};
const plainNorms = { post_attention_layernorm: "ffn_norm" };
const sandwichNorms = {
  post_attention_layernorm: "post_attention_norm",
  pre_feedforward_layernorm: "ffn_norm",
  post_feedforward_layernorm: "post_ffw_norm",
};

const wholeParts: Readonly<Record<string, string>> = {
  "model.embed_tokens": "token_embd",
  "model.norm": "output_norm",
  lm_head: "output",
};

/** The name of a parameter in a GGUF file, such as "blk.3.attn_q.weight" for "model.layers.3.self_attn.q_proj.weight". */
export function ggufName(architecture: Architecture, name: string): string {
  const [, path = "", kind = ""] = /^(.*)\.(weight|bias)$/.exec(name) ?? [];
  const [, layer, part = ""] = /^model\.layers\.(\d+)\.(.*)$/.exec(path) ?? [];
  const norms = architecture.hasSandwichNorms ? sandwichNorms : plainNorms;
  const known = layer === undefined ? wholeParts[path] : { ...layerParts, ...norms }[part];
  if (known === undefined) throw new Error(`"${name}" has no name in GGUF files`);
  return `${layer === undefined ? "" : `blk.${layer}.`}${known}.${kind}`;
}

/**
 * Llama's queries and keys: Hugging Face's code rotates the number i of a head with the number i + d/2, llama.cpp's the numbers
 * 2i and 2i + 1, so files for it hold the rows of each head in that order. Undefined where the rows lie as they are.
 * @returns how many heads the rows belong to
 */
export function interleavedHeads(a: Architecture, name: string): number | undefined {
  if (a.family !== "llama") return undefined;
  if (name.includes(".self_attn.q_proj.")) return a.headCount;
  return name.includes(".self_attn.k_proj.") ? a.keyValueHeadCount : undefined;
}

/** Rows of heads from llama.cpp's order to Hugging Face's: 0, 2, 4, … 1, 3, 5, … of each head. */
export const splitHeads = (values: Float32Array, rows: number, heads: number): Float32Array =>
  reordered({ values, rows, heads }, (i, size) => (i < size / 2 ? 2 * i : 2 * i - size + 1));

/** Rows of heads from Hugging Face's order to llama.cpp's: 0, d/2, 1, d/2 + 1, … of each head. */
export const interleaveHeads = (values: Float32Array, rows: number, heads: number): Float32Array =>
  reordered({ values, rows, heads }, (i, size) => (i % 2 === 0 ? i / 2 : (i - 1 + size) / 2));

/** @param from which row of a head becomes row i; a bias has rows of one number */
function reordered(
  {
    values,
    rows,
    heads,
  }: { readonly values: Float32Array; readonly rows: number; readonly heads: number },
  from: (i: number, size: number) => number,
): Float32Array {
  const columns = values.length / rows;
  const size = rows / heads;
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const source = row - (row % size) + from(row % size, size);
    result.set(values.subarray(source * columns, (source + 1) * columns), row * columns);
  }
  return result;
}
