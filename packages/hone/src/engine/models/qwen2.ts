/** Qwen2 and Qwen2.5: biases on queries, keys and values. */
import type { Architecture } from "./architecture.ts";
import type { ConfigReader } from "./config-reader.ts";
import { commonParts, onlyGlobal } from "./common-parts.ts";
import { readRope } from "./rope-config.ts";

export function qwen2(config: ConfigReader): Architecture {
  config.only("use_sliding_window", false);
  config.only("hidden_act", "silu");
  return {
    ...commonParts(config, "qwen2"),
    ...onlyGlobal(config, readRope(config, 10_000)),
    hasQueryKeyValueBias: true,
  };
}
