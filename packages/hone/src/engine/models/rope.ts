/**
 * Rotary position embeddings (Su et al. 2021, RoFormer, arXiv:2104.09864) and the "llama3" scaling of their frequencies.
 *
 *     angle(position, i) = position · f_i,   f_i = base^(−2i/d),   i = 0 … d/2 − 1
 */

export interface RopeParameters {
  /** The base of the frequencies ("rope_theta"). */
  readonly base: number;
  readonly scaling: RopeScaling;
}

export type RopeScaling =
  | { readonly kind: "none" }
  /** All frequencies divided by `factor` (position interpolation, arXiv:2306.15595). */
  | { readonly kind: "linear"; readonly factor: number }
  /** Llama 3.1: low frequencies divided by `factor`, high ones kept, a linear blend between. */
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalContextLength: number;
    };

/** [d/2] radians per position. */
function ropeFrequencies(parameters: RopeParameters, headSize: number): Float64Array {
  const frequencies = new Float64Array(headSize / 2);
  for (let i = 0; i < frequencies.length; i++) {
    frequencies[i] = scaled(parameters.base ** ((-2 * i) / headSize), parameters.scaling);
  }
  return frequencies;
}

function scaled(frequency: number, scaling: RopeScaling): number {
  if (scaling.kind === "none") return frequency;
  if (scaling.kind === "linear") return frequency / scaling.factor;
  const {
    factor,
    lowFrequencyFactor: low,
    highFrequencyFactor: high,
    originalContextLength,
  } = scaling;
  const turns = (originalContextLength * frequency) / (2 * Math.PI); // full turns within the original context
  if (turns > high) return frequency;
  if (turns < low) return frequency / factor;
  const blend = (turns - low) / (high - low);
  return (1 - blend) * (frequency / factor) + blend * frequency;
}

/** The largest angle that a table of so many positions holds, in radians, in f32. */
export const largestAngle = (
  parameters: RopeParameters,
  headSize: number,
  positions: number,
): number => Math.fround(positions * Math.max(...ropeFrequencies(parameters, headSize)));

/** Cosines and sines of every position, each [positions, d/2] in f32. */
export function ropeTables(
  parameters: RopeParameters,
  headSize: number,
  positions: number,
): { readonly cosines: Float32Array; readonly sines: Float32Array } {
  const frequencies = ropeFrequencies(parameters, headSize);
  const half = frequencies.length;
  const cosines = new Float32Array(positions * half);
  const sines = new Float32Array(positions * half);
  for (let p = 0; p < positions; p++) {
    for (let i = 0; i < half; i++) {
      // The angle is rounded to f32 as PyTorch does, so that far positions agree with models trained there.
      const angle = Math.fround(p * Math.fround(frequencies[i]!));
      cosines[p * half + i] = Math.cos(angle);
      sines[p * half + i] = Math.sin(angle);
    }
  }
  return { cosines, sines };
}
