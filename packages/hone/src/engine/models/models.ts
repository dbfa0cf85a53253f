/** The families we know, one row each. */
import { HoneError } from "../../core/errors.ts";
import type { Architecture } from "./architecture.ts";
import { ConfigReader } from "./config-reader.ts";
import { gemma3 } from "./gemma3.ts";
import { llama } from "./llama.ts";
import { qwen2 } from "./qwen2.ts";
import { qwen3 } from "./qwen3.ts";
import { largestAngle } from "./rope.ts";

/** `model_type` of config.json → its reader. */
const families: Readonly<Record<string, (config: ConfigReader) => Architecture>> = {
  qwen2,
  qwen3,
  llama,
  mistral: llama,
  gemma3_text: gemma3,
};

/**
 * Bases of rotary positions beside `rope_parameters`, which transformers then ignores. One that is impossible is refused there
 * too: the config was edited by somebody who thought that it counts.
 */
const bases = ["rope_theta", "rope_local_base_freq"] as const;

/**
 * The architecture that a config.json describes.
 * @param where names the file in errors
 * @throws MODEL_TYPE_UNSUPPORTED, MODEL_CONFIG_INVALID
 */
export function readArchitecture(config: unknown, where: string): Architecture {
  const reader = new ConfigReader(config, where);
  const type = reader.raw("model_type");
  const family =
    typeof type === "string" && Object.hasOwn(families, type) ? families[type] : undefined;
  if (family === undefined) {
    throw new HoneError("MODEL_TYPE_UNSUPPORTED", {
      where,
      got: String(type),
      supported: Object.keys(families),
    });
  }
  for (const key of bases) if (reader.raw(key) !== undefined) reader.positive(key);
  const architecture = family(reader);
  checkAngles(architecture, reader);
  return architecture;
}

/** The sine of an infinite angle is no number, and neither is anything that a model computes from it. */
function checkAngles(architecture: Architecture, reader: ConfigReader): void {
  const { attentionKinds, rope, headSize, contextLength } = architecture;
  for (const kind of new Set(attentionKinds)) {
    if (Number.isFinite(largestAngle(rope[kind], headSize, contextLength))) continue;
    throw new HoneError("MODEL_CONFIG_INVALID", {
      where: reader.where,
      key: "rope_theta",
      got: String(rope[kind].base),
      expected: `angles of ${contextLength} positions that 32-bit floating point can hold`,
    });
  }
}
