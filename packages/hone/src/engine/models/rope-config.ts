/** Rotary positions as config.json describes them. */
import type { ConfigReader } from "./config-reader.ts";
import type { RopeParameters } from "./rope.ts";

/** Rope of a config in either form: `rope_theta` + `rope_scaling`, or the newer `rope_parameters`. */
export function readRope(config: ConfigReader, defaultBase: number): RopeParameters {
  const parameters = config.object("rope_parameters") ?? config.object("rope_scaling");
  const base =
    parameters?.raw("rope_theta") === undefined
      ? config.positive("rope_theta", defaultBase)
      : parameters.positive("rope_theta");
  return { base, scaling: parameters === undefined ? { kind: "none" } : readScaling(parameters) };
}

/** Reads one entry of `rope_parameters` of a model with several kinds of layers: `{ rope_type, rope_theta, … }`. */
export function readRopeEntry(entry: ConfigReader, defaultBase: number): RopeParameters {
  return { base: entry.positive("rope_theta", defaultBase), scaling: readScaling(entry) };
}

function readScaling(parameters: ConfigReader): RopeParameters["scaling"] {
  const key = parameters.raw("rope_type") === undefined ? "type" : "rope_type";
  parameters.only(key, "default", "linear", "llama3");
  switch (parameters.raw(key)) {
    case "linear":
      return { kind: "linear", factor: parameters.positive("factor") };
    case "llama3":
      return readLlama3(parameters);
    default:
      return { kind: "none" };
  }
}

function readLlama3(parameters: ConfigReader): RopeParameters["scaling"] {
  const lowFrequencyFactor = parameters.positive("low_freq_factor");
  const highFrequencyFactor = parameters.positive("high_freq_factor");
  // Between the two factors frequencies are blended, so there must be something between them.
  if (lowFrequencyFactor >= highFrequencyFactor)
    throw parameters.invalid(
      "high_freq_factor",
      `more than low_freq_factor, ${lowFrequencyFactor}`,
    );
  return {
    kind: "llama3",
    factor: parameters.positive("factor"),
    lowFrequencyFactor,
    highFrequencyFactor,
    originalContextLength: parameters.count("original_max_position_embeddings"),
  };
}
