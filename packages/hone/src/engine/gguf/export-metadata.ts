/** What a GGUF file says of the model: sizes, rotary positions, and what llama.cpp cannot run. */
import { basename } from "node:path";
import { HoneError } from "../../core/errors.ts";
import type { Architecture } from "../models/architecture.ts";
import type { RopeParameters } from "../models/rope.ts";
import type { WrittenType, WrittenValue } from "./gguf-writer.ts";
import { gemmaPattern } from "./import-config.ts";

/** `general.file_type` of a file whose matrices have this type. */
const fileTypes: Readonly<Record<WrittenType, number>> = { F32: 0, F16: 1, Q8_0: 7, BF16: 32 };

/** The base of the rotary positions of Gemma 3's local layers, which llama.cpp has in its code. */
const gemmaLocalBase = 10_000;

/**
 * The metadata of a model, tokenizer aside.
 * @param model names it in errors
 * @throws GGUF_NOT_EXPRESSIBLE for what llama.cpp computes in another way
 */
export function exportMetadata(
  a: Architecture,
  { model, type }: { readonly model: string; readonly type: WrittenType },
): ReadonlyMap<string, WrittenValue> {
  checkExpressible(a, model);
  const count = (value: number): WrittenValue => ({ type: "u32", value });
  const number = (value: number): WrittenValue => ({ type: "f32", value });
  const own: Readonly<Record<string, WrittenValue>> = {
    vocab_size: count(a.vocabularySize),
    context_length: count(a.contextLength),
    embedding_length: count(a.width),
    block_count: count(a.layerCount),
    feed_forward_length: count(a.feedForwardWidth),
    "attention.head_count": count(a.headCount),
    "attention.head_count_kv": count(a.keyValueHeadCount),
    "attention.key_length": count(a.headSize),
    "attention.value_length": count(a.headSize),
    "attention.layer_norm_rms_epsilon": number(a.normEpsilon),
    "rope.dimension_count": count(a.headSize),
    "rope.freq_base": number(a.rope.global.base),
    ...(a.family === "gemma3" ? { "attention.sliding_window": count(a.window) } : {}),
    ...linearScaling(a.rope.global),
  };
  return new Map<string, WrittenValue>([
    ["general.architecture", { type: "text", value: a.family }],
    ["general.type", { type: "text", value: "model" }],
    ["general.name", { type: "text", value: basename(model) }],
    ["general.file_type", count(fileTypes[type])],
    ["general.quantization_version", count(2)],
    ...Object.entries(own).map(([key, value]) => [`${a.family}.${key}`, value] as const),
  ]);
}

function linearScaling({ scaling }: RopeParameters): Readonly<Record<string, WrittenValue>> {
  if (scaling.kind !== "linear") return {};
  return {
    "rope.scaling.type": { type: "text", value: "linear" },
    "rope.scaling.factor": { type: "f32", value: scaling.factor },
  };
}

function checkExpressible(a: Architecture, model: string): void {
  const refuse = (what: string, got: string, supported: string): never => {
    throw new HoneError("GGUF_NOT_EXPRESSIBLE", { model, what, got, supported });
  };
  if (a.family === "qwen3" && a.hasQueryKeyValueBias)
    refuse("attention_bias", "true", "this family without biases");
  if (a.family !== "gemma3") return;
  const { local, global } = a.rope;
  if (a.hasQueryKeyValueBias) refuse("attention_bias", "true", "this family without biases");
  const isUsual = (kind: string, i: number) =>
    (kind === "global") === ((i + 1) % gemmaPattern === 0);
  if (!a.attentionKinds.every(isUsual))
    refuse(
      "layer_types",
      a.attentionKinds.join(", "),
      `a global layer after every ${gemmaPattern - 1} local ones`,
    );
  if (local.base !== gemmaLocalBase || local.scaling.kind !== "none")
    refuse("rotary base of local layers", String(local.base), `${gemmaLocalBase} without scaling`);
  if (global.scaling.kind === "llama3") refuse("rope_scaling", "llama3", "none and linear");
  const scale = (a.layerCount === 62 ? a.width / a.headCount : a.headSize) ** -0.5;
  if (Math.abs(a.attentionScale / scale - 1) > 1e-6)
    refuse("query_pre_attn_scalar", String(a.attentionScale ** -2), String(scale ** -2));
}
