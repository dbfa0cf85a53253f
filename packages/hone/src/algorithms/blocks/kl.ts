/** Estimates of KL(policy ‖ reference) and their derivatives; formulas and source are at `KlEstimator`. */
import type { KlEstimator } from "../../ports/training-client.ts";

/**
 * One token's estimate of KL(policy ‖ reference), in nats; the formulas are at `KlEstimator`.
 * @param logProb    of the sampled token under the policy, nats
 * @param reference  of the same token under the reference, nats
 * @example klEstimate("k3", Math.log(0.5), Math.log(0.25)); // 0.5 + ln 2 − 1 ≈ 0.193
 */
export function klEstimate(estimator: KlEstimator, logProb: number, reference: number): number {
  const d = logProb - reference;
  if (estimator === "k1") return d;
  // expm1 keeps the digits that e^(−d) − 1 loses near d = 0.
  return estimator === "k2" ? (d * d) / 2 : Math.expm1(-d) + d;
}

/** d(estimate) / d(log π): 1, d, and 1 − e^(−d). */
export function klDerivative(estimator: KlEstimator, logProb: number, reference: number): number {
  const d = logProb - reference;
  if (estimator === "k1") return 1;
  return estimator === "k2" ? d : -Math.expm1(-d);
}

/**
 * Weights of `cross_entropy` whose gradient is that of `scale · Σ mask · k(log π)`: the KL term for an engine without one.
 *
 * Cross-entropy is −Σ w·log π, so w = −scale · mask · dk/dlog π at the log-probs the weights came with.
 *
 * @param logProbs   [T] nats, of `forward` on the same row
 * @param reference  [T] nats
 * @param mask       [T] 1 where the term counts
 */
export function klWeights(
  estimator: KlEstimator,
  logProbs: ArrayLike<number>,
  reference: ArrayLike<number>,
  mask: ArrayLike<number>,
  scale: number,
): Float32Array {
  return Float32Array.from(mask, (m, t) =>
    m === 0 ? 0 : -scale * m * klDerivative(estimator, logProbs[t]!, reference[t]!),
  );
}
