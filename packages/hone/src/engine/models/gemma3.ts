/**
 * Gemma 3, text: norms before and after each block with weights stored as w − 1, query and key norms, embeddings times
 * √D, GeGLU with the tanh form of GELU, and layers that alternate between a local window and the whole context, each
 * with a rope base of its own.
 */
import { HoneError } from "../../core/errors.ts";
import { shownValue } from "../../core/shown-value.ts";
import type { Architecture, AttentionKind } from "./architecture.ts";
import { commonParts } from "./common-parts.ts";
import type { ConfigReader } from "./config-reader.ts";
import { readRope, readRopeEntry } from "./rope-config.ts";

export function gemma3(config: ConfigReader): Architecture {
  const activation =
    config.raw("hidden_activation") === undefined ? "hidden_act" : "hidden_activation";
  config.only(activation, "gelu_pytorch_tanh");
  config.only("attn_logit_softcapping");
  config.only("final_logit_softcapping");
  config.only("use_bidirectional_attention", false);
  const parts = commonParts(config, "gemma3");
  const bias = config.boolean("attention_bias", false);
  const kinds = attentionKinds(config, parts.layerCount);
  return {
    ...parts,
    normOffset: 1,
    hasQueryKeyNorms: true,
    hasSandwichNorms: true,
    hasQueryKeyValueBias: bias,
    hasOutputBias: bias,
    hasTiedEmbeddings: config.boolean("tie_word_embeddings", true),
    embeddingScale: Math.sqrt(parts.width),
    activation: "gelu_tanh",
    attentionScale: config.positive("query_pre_attn_scalar", 256) ** -0.5,
    attentionKinds: kinds,
    window: kinds.includes("local") ? config.count("sliding_window") : 0,
    rope: readRopes(config),
  };
}

function attentionKinds(config: ConfigReader, layerCount: number): AttentionKind[] {
  const types = config.raw("layer_types");
  if (types === undefined) {
    const pattern = config.count("sliding_window_pattern", 6);
    return Array.from({ length: layerCount }, (_, i) =>
      (i + 1) % pattern === 0 ? "global" : "local",
    );
  }
  if (!Array.isArray(types) || types.length !== layerCount) {
    const got = Array.isArray(types) ? `a list of ${types.length} entries` : shownValue(types);
    throw new HoneError("MODEL_CONFIG_INVALID", {
      where: config.where,
      key: "layer_types",
      got,
      expected: `a list of ${layerCount} entries, one for each layer`,
    });
  }
  return types.map((type: unknown) => {
    if (type === "full_attention") return "global";
    if (type === "sliding_attention") return "local";
    throw new HoneError("MODEL_CONFIG_INVALID", {
      where: config.where,
      key: "layer_types",
      got: JSON.stringify(type),
      expected: '"full_attention" or "sliding_attention"',
    });
  });
}

function readRopes(config: ConfigReader): Architecture["rope"] {
  const parameters = config.object("rope_parameters");
  const global = parameters?.object("full_attention");
  const local = parameters?.object("sliding_attention");
  if (parameters !== undefined && global !== undefined && local !== undefined) {
    return { global: readRopeEntry(global, 1_000_000), local: readRopeEntry(local, 10_000) };
  }
  return {
    global: readRope(config, 1_000_000),
    local: { base: config.positive("rope_local_base_freq", 10_000), scaling: { kind: "none" } },
  };
}
