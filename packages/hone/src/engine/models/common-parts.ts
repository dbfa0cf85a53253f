/** What all families read from their config in the same way. */
import { HoneError } from "../../core/errors.ts";
import type { Architecture, Family } from "./architecture.ts";
import type { ConfigReader } from "./config-reader.ts";
import type { RopeParameters } from "./rope.ts";

type CommonParts = Omit<Architecture, "attentionKinds" | "window" | "rope">;

/** Sizes and the plainest choices; a family overrides what it does differently. */
export function commonParts(config: ConfigReader, family: Family): CommonParts {
  const width = config.count("hidden_size");
  const headCount = config.count("num_attention_heads");
  const keyValueHeadCount = config.count("num_key_value_heads", headCount);
  const headSize = readHeadSize(config, { width, headCount, family });
  if (headCount % keyValueHeadCount !== 0 || headSize % 2 !== 0) {
    const got = `${headCount} query heads, ${keyValueHeadCount} key/value heads of size ${headSize}`;
    const expected = "query heads a multiple of key/value heads, and an even size";
    throw new HoneError("MODEL_CONFIG_INVALID", {
      where: config.where,
      key: "num_attention_heads",
      got,
      expected,
    });
  }
  return {
    family,
    vocabularySize: config.count("vocab_size"),
    width,
    layerCount: config.layers("num_hidden_layers"),
    headCount,
    keyValueHeadCount,
    headSize,
    feedForwardWidth: config.count("intermediate_size"),
    contextLength: config.count("max_position_embeddings"),
    normEpsilon: config.positive("rms_norm_eps", 1e-6),
    normOffset: 0,
    hasQueryKeyNorms: false,
    hasSandwichNorms: false,
    hasQueryKeyValueBias: false,
    hasOutputBias: false,
    hasTiedEmbeddings: config.boolean("tie_word_embeddings", false),
    embeddingScale: 1,
    activation: "silu",
    attentionScale: headSize ** -0.5,
  };
}

/** The size of a head where config.json does not say it, as in transformers' configs of these families. */
const usualHeadSizes: Partial<Readonly<Record<Family, number>>> = { qwen3: 128, gemma3: 256 };

function readHeadSize(
  config: ConfigReader,
  {
    width,
    headCount,
    family,
  }: { readonly width: number; readonly headCount: number; readonly family: Family },
): number {
  if (config.raw("head_dim") !== undefined) return config.count("head_dim");
  const size = usualHeadSizes[family] ?? width / headCount;
  if (Number.isInteger(size)) return size;
  throw config.invalid(
    "hidden_size",
    `a multiple of num_attention_heads, ${headCount}, where head_dim is not given`,
  );
}

/** Every layer sees the whole context. */
export function onlyGlobal(
  config: ConfigReader,
  rope: RopeParameters,
): Pick<Architecture, "attentionKinds" | "window" | "rope"> {
  return {
    attentionKinds: Array.from(
      { length: config.layers("num_hidden_layers") },
      () => "global" as const,
    ),
    window: 0,
    rope: { global: rope, local: rope },
  };
}
