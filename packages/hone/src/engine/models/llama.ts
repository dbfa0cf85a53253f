/** Llama 3.x and models of its shape (SmolLM2, Mistral-style without a sliding window). */
import type { Architecture } from "./architecture.ts";
import type { ConfigReader } from "./config-reader.ts";
import { commonParts, onlyGlobal } from "./common-parts.ts";
import { readRope } from "./rope-config.ts";

export function llama(config: ConfigReader): Architecture {
  config.only("hidden_act", "silu");
  config.only("mlp_bias", false);
  config.only("sliding_window");
  const bias = config.boolean("attention_bias", false);
  return {
    ...commonParts(config, "llama"),
    ...onlyGlobal(config, readRope(config, 10_000)),
    hasQueryKeyValueBias: bias,
    hasOutputBias: bias,
  };
}
