/**
 * What a teacher finds likely as targets: a distribution over K tokens at each position, instead of one token.
 *
 *     p_k ∝ π_T(k)^(1/τ)   over the teacher's K likeliest tokens, Σ_k p_k = 1
 *     w_tk = w_t · τ² · p_k    so that cross entropy is  Σ_t w_t · τ² · −Σ_k p_k · log π_τ(k)
 *
 * τ is the temperature of both distributions, and τ² keeps gradients of one size for every τ.
 *
 * @source Hinton, Vinyals & Dean 2015, Distilling the Knowledge in a Neural Network (arXiv:1503.02531) §2
 */
import type { TopLogProbs } from "../../ports/sampling-client.ts";
import type { Datum } from "../../ports/training-client.ts";

/** A datum with the teacher's targets, and what they lack. */
export interface SoftDatum {
  readonly datum: Datum;
  /** Σ_t w_t·τ²·Σ_k p_k·log p_k: the least that the datum's cross entropy can be, negated. */
  readonly negativeEntropy: number;
  /** Σ over counted positions of the probability that the teacher gives to its K tokens, at temperature 1. */
  readonly mass: number;
  /** Counted positions. */
  readonly positions: number;
}

/**
 * The datum of one target a position, with K of them in its place.
 * @param datum  of `cross_entropy`: its weights say which positions count, and how much
 * @param top    the teacher's likeliest next tokens after each of the datum's tokens [T·K]
 */
export function softDatum(datum: Datum, top: TopLogProbs, temperature: number): SoftDatum {
  const { tokens, weights, ...rest } = datum;
  const count = top.tokens.length / tokens.length;
  const soft = new Float32Array(top.tokens.length);
  let [negativeEntropy, mass, positions] = [0, 0, 0];
  for (let t = 0; t < tokens.length; t++) {
    const weight = weights![t]! * temperature ** 2;
    if (weight === 0) continue;
    positions++;
    const at = top.logProbs.subarray(t * count, (t + 1) * count);
    const logs = logShares(at, temperature);
    logs.forEach((log, k) => {
      const p = Math.exp(log);
      soft[t * count + k] = weight * p;
      negativeEntropy += weight * p * log;
      mass += Math.exp(at[k]!);
    });
  }
  return {
    datum: {
      ...rest,
      tokens,
      targets: [...top.tokens],
      targetsPerToken: count,
      weights: soft,
      ...(temperature === 1 ? {} : { temperature }),
    },
    negativeEntropy,
    mass,
    positions,
  };
}

/** log p_k of the shares of K tokens at a temperature; the first is the likeliest. */
function logShares(logProbs: Float32Array, temperature: number): Float64Array {
  const scaled = Float64Array.from(logProbs, (one) => (one - logProbs[0]!) / temperature);
  const total = Math.log(scaled.reduce((sum, one) => sum + Math.exp(one), 0));
  return scaled.map((one) => one - total);
}
