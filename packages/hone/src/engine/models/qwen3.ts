/** Qwen3: no biases, RMSNorm on every query and key head, head size from the config. */
import type { Architecture } from "./architecture.ts";
import type { ConfigReader } from "./config-reader.ts";
import { commonParts, onlyGlobal } from "./common-parts.ts";
import { readRope } from "./rope-config.ts";

export function qwen3(config: ConfigReader): Architecture {
  config.only("use_sliding_window", false);
  config.only("hidden_act", "silu");
  const bias = config.boolean("attention_bias", false);
  return {
    ...commonParts(config, "qwen3"),
    ...onlyGlobal(config, readRope(config, 10_000)),
    hasQueryKeyNorms: true,
    hasQueryKeyValueBias: bias,
    hasOutputBias: bias,
  };
}
