/**
 * Llama 3.1's scaled rotary positions in GGUF files: the tensor `rope_freqs.weight` holds, for each pair of numbers of a head,
 * by how much its frequency is divided. config.json holds the four numbers that these factors are computed from.
 * @source llama.cpp, conversion of LlamaModel (`generate_extra_tensors`)
 */
import type { JsonObject } from "../../core/json.ts";
import type { RopeParameters } from "../models/rope.ts";

export const ropeFactorsName = "rope_freqs.weight";

type Llama3 = Extract<RopeParameters["scaling"], { readonly kind: "llama3" }>;

/** [d/2] divisors of the frequencies, in f32. */
export function ropeFactors(scaling: Llama3, base: number, headSize: number): Float32Array {
  const {
    factor,
    lowFrequencyFactor: low,
    highFrequencyFactor: high,
    originalContextLength: length,
  } = scaling;
  return Float32Array.from({ length: headSize / 2 }, (_, i) => {
    const wave = 2 * Math.PI * base ** ((2 * i) / headSize);
    if (wave < length / high) return 1;
    if (wave > length / low) return factor;
    const smooth = (length / wave - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

/** The settings that give these factors, as config.json spells them; undefined where none of the usual ones do. */
export function settingsOf(factors: Float32Array, base: number): JsonObject | undefined {
  const factor = factors.reduce((most, one) => Math.max(most, one), 1);
  // All models have low 1 and high 4; the original context is 8,192, and other powers of two in smaller ones.
  for (let exponent = 4; exponent <= 20; exponent++) {
    const originalContextLength = 2 ** exponent;
    const scaling: Llama3 = {
      kind: "llama3",
      factor,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContextLength,
    };
    const expected = ropeFactors(scaling, base, 2 * factors.length);
    if (!expected.every((value, i) => Math.abs(value / factors[i]! - 1) < 1e-5)) continue;
    return {
      rope_type: "llama3",
      factor,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: originalContextLength,
    };
  }
  return undefined;
}
