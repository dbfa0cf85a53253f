/** What the metadata of a GGUF file say of the model, as the config.json of its family. One row for each architecture. */
import { HoneError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { GgufFile } from "./gguf-file.ts";
import { settingsOf } from "./rope-factors.ts";

/** Gemma 3's local layers: every sixth layer sees the whole context. */
export const gemmaPattern = 6;

/** `general.architecture` → what its config.json holds beside what all have. */
const architectures: Readonly<Record<string, (file: GgufFile) => JsonObject>> = {
  llama: (file) => ({
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    attention_bias: file.tensors.has("blk.0.attn_q.bias"),
    mlp_bias: false,
    hidden_act: "silu",
  }),
  qwen2: () => ({
    architectures: ["Qwen2ForCausalLM"],
    model_type: "qwen2",
    use_sliding_window: false,
    hidden_act: "silu",
  }),
  qwen3: (file) => ({
    architectures: ["Qwen3ForCausalLM"],
    model_type: "qwen3",
    attention_bias: file.tensors.has("blk.0.attn_q.bias"),
    use_sliding_window: false,
    hidden_act: "silu",
  }),
  gemma3: gemma3Config,
};

/** The architectures that are imported. */
const importedArchitectures: readonly string[] = Object.keys(architectures);

function gemma3Config({ metadata }: GgufFile): JsonObject {
  const layers = metadata.count("gemma3.block_count");
  const heads = metadata.count("gemma3.attention.head_count");
  const headSize = metadata.count("gemma3.attention.key_length");
  // llama.cpp scales scores by the size of a head, but in the 27B model by the width of each head's part.
  const scale = layers === 62 ? metadata.count("gemma3.embedding_length") / heads : headSize;
  return {
    architectures: ["Gemma3ForCausalLM"],
    model_type: "gemma3_text",
    hidden_activation: "gelu_pytorch_tanh",
    query_pre_attn_scalar: scale,
    attn_logit_softcapping: null,
    final_logit_softcapping: null,
    sliding_window: metadata.count("gemma3.attention.sliding_window"),
    layer_types: Array.from({ length: layers }, (_, i) =>
      (i + 1) % gemmaPattern === 0 ? "full_attention" : "sliding_attention",
    ),
    rope_local_base_freq: metadata.optionalDecimal("gemma3.rope.freq_base_swa") ?? 10_000,
  };
}

/** Keys that change what the model computes, with the only values that the engine can follow. */
const onlyValues: Readonly<Record<string, number>> = {
  expert_count: 0,
  "attention.sliding_window": 0,
  embedding_scale: 1,
  residual_scale: 1,
  logit_scale: 1,
  attn_logit_softcapping: 0,
  final_logit_softcapping: 0,
};

/**
 * The config.json of the model in a GGUF file.
 * @param factors the numbers of its tensor `rope_freqs.weight`, where it has one
 * @throws GGUF_UNSUPPORTED for an architecture, or a part of one, that the engine does not have; GGUF_INVALID
 */
export function importConfig(file: GgufFile, factors?: Float32Array): JsonObject {
  const { metadata, tensors, path } = file;
  const name = metadata.text("general.architecture");
  const family = Object.hasOwn(architectures, name) ? architectures[name] : undefined;
  const unsupported = (what: string, got: string, supported: readonly string[]) =>
    new HoneError("GGUF_UNSUPPORTED", { file: path, what, got, supported });
  if (family === undefined) throw unsupported("architecture", name, importedArchitectures);
  if ((metadata.optionalCount("split.count") ?? 1) > 1)
    throw unsupported("number of files", "one part of several", [
      "a single file (llama-gguf-split --merge makes one)",
    ]);
  for (const [key, only] of Object.entries(onlyValues)) {
    if (name === "gemma3" && key === "attention.sliding_window") continue;
    const got = metadata.optionalDecimal(`${name}.${key}`) ?? only;
    if (got !== only) throw unsupported(`value of ${name}.${key}`, String(got), [String(only)]);
  }
  const embedding = tensors.get("token_embd.weight");
  if (embedding === undefined)
    throw new HoneError("TENSOR_MISSING", { folder: path, tensor: "token_embd.weight" });
  return {
    ...family(file),
    vocab_size: embedding.shape[0]!,
    tie_word_embeddings: !tensors.has("output.weight"),
    ...sizes(file, name),
    ...rope(file, name, factors),
    ...endIds(file),
  };
}

function sizes({ metadata }: GgufFile, name: string): JsonObject {
  const heads = metadata.count(`${name}.attention.head_count`);
  const width = metadata.count(`${name}.embedding_length`);
  const headSize =
    metadata.optionalCount(`${name}.attention.key_length`) ??
    metadata.optionalCount(`${name}.rope.dimension_count`) ??
    width / heads;
  return {
    hidden_size: width,
    num_hidden_layers: metadata.count(`${name}.block_count`),
    num_attention_heads: heads,
    num_key_value_heads: metadata.optionalCount(`${name}.attention.head_count_kv`) ?? heads,
    head_dim: headSize,
    intermediate_size: metadata.count(`${name}.feed_forward_length`),
    max_position_embeddings: metadata.count(`${name}.context_length`),
    rms_norm_eps: metadata.decimal(`${name}.attention.layer_norm_rms_epsilon`),
  };
}

function rope(
  { metadata, path: file }: GgufFile,
  name: string,
  factors: Float32Array | undefined,
): JsonObject {
  const usual = name === "gemma3" ? 1_000_000 : 10_000;
  const base = metadata.optionalDecimal(`${name}.rope.freq_base`) ?? usual;
  const unsupported = (got: string) => {
    const facts = { file, what: "scaling of rotary positions", got };
    return new HoneError("GGUF_UNSUPPORTED", { ...facts, supported: ["none", "linear", "llama3"] });
  };
  const kind = metadata.optionalText(`${name}.rope.scaling.type`) ?? "none";
  if (kind !== "none" && kind !== "linear") throw unsupported(kind);
  if (factors !== undefined && factors.some((one) => one !== 1)) {
    const scaling = settingsOf(factors, base);
    if (scaling === undefined || kind === "linear")
      throw unsupported("other factors than Llama 3's");
    return { rope_theta: base, rope_scaling: scaling };
  }
  if (kind === "none") return { rope_theta: base };
  const factor = metadata.decimal(`${name}.rope.scaling.factor`);
  return { rope_theta: base, rope_scaling: { rope_type: "linear", factor } };
}

/** Ids of the tokens that begin, end and pad a text, where the file names them. */
function endIds({ metadata }: GgufFile): JsonObject {
  const id = (name: string) => metadata.optionalCount(`tokenizer.ggml.${name}_token_id`) ?? null;
  return { bos_token_id: id("bos"), eos_token_id: id("eos"), pad_token_id: id("padding") };
}
