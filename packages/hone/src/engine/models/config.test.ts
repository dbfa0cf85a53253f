import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readArchitecture } from "./models.ts";

const goldenFolder = join(import.meta.dirname, "../../../../../test/golden/models");
const configOf = (family: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(goldenFolder, family, "config.json"), "utf8")) as Record<
    string,
    unknown
  >;

/** The config with one number changed, wherever the family keeps it. */
function changed(family: string, key: string, value: unknown): Record<string, unknown> {
  const config = { ...configOf(family), [key]: value };
  if (key !== "rope_theta") return config;
  const { rope_parameters: _other, ...rest } = config;
  return rest;
}

describe.each(["qwen2", "qwen3", "llama", "gemma3"])("the config of a %s model", (family) => {
  it.each([
    ["rope_theta", 0],
    ["rope_theta", -1],
    ["rope_theta", 1e300],
    ["rope_theta", 1e-300],
    ["rms_norm_eps", 0],
    ["rms_norm_eps", -1],
    ["rms_norm_eps", 1e300],
    ["rms_norm_eps", 1e-60],
    ["hidden_size", -16],
    ["hidden_size", 0],
    ["hidden_size", 1e300],
    ["vocab_size", -1],
    ["vocab_size", 2 ** 31],
    ["intermediate_size", 2.5],
    ["num_hidden_layers", 1e300],
    ["num_attention_heads", 0],
    ["num_key_value_heads", -1],
    ["max_position_embeddings", 1e300],
    ["head_dim", -8],
    ["head_dim", 7],
  ])("is refused with %s = %d", (key, value) => {
    expect(() => readArchitecture(changed(family, key, value), "config.json")).toThrow(
      "MODEL_CONFIG_INVALID",
    );
  });

  it("is refused with an impossible rope_theta beside rope_parameters, too", () => {
    const parameters = { rope_type: "default", rope_theta: 10_000 };
    for (const rope_theta of [0, -1, 1e300]) {
      const config = { ...configOf(family), rope_parameters: parameters, rope_theta };
      expect(() => readArchitecture(config, "config.json")).toThrow("MODEL_CONFIG_INVALID");
      const swapped = {
        ...config,
        rope_parameters: { ...parameters, rope_theta },
        rope_theta: 1e4,
      };
      expect(() => readArchitecture(swapped, "config.json")).toThrow("MODEL_CONFIG_INVALID");
    }
  });

  it("is refused with positions whose angles are no numbers", () => {
    const config = changed(family, "rope_theta", 1e-37);
    const long = { ...config, head_dim: 128, max_position_embeddings: 1_000_000 };
    expect(() => readArchitecture(long, "config.json")).toThrow(/MODEL_CONFIG_INVALID.*rope_theta/);
  });

  it.each([
    { rope_type: "linear", factor: 0 },
    { rope_type: "linear", factor: -2 },
    {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 4,
      high_freq_factor: 4,
      original_max_position_embeddings: 64,
    },
    {
      rope_type: "llama3",
      factor: 0,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 64,
    },
    {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: -64,
    },
  ])("is refused with the scaling %j", (scaling) => {
    const { rope_parameters: _other, ...config } = configOf(family);
    expect(() =>
      readArchitecture({ ...config, rope_theta: 10_000, rope_scaling: scaling }, "config.json"),
    ).toThrow("MODEL_CONFIG_INVALID");
  });
});

it("a gemma3 config is refused with a scale of attention that is no number", () => {
  for (const value of [0, -4, 1e300])
    expect(() =>
      readArchitecture(changed("gemma3", "query_pre_attn_scalar", value), "config.json"),
    ).toThrow("MODEL_CONFIG_INVALID");
});
