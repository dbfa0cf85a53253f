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

/**
 * Means of two estimates of a KL over tokens, as every method reports them: `name` by k3, which is never negative, and
 * `name`_k1 by k1, the mean log-ratio, which is unbiased and may be negative.
 * @example
 * const kl = klMetrics("kl");
 * kl.add(logProb, reference);
 * kl.means(); // { kl, kl_k1 }
 */
export function klMetrics(name: "kl" | "kl_old") {
  const sums = { k3: 0, k1: 0, tokens: 0 };
  return {
    /** A token's log-probs, in nats, under the distribution it was drawn from and under the other one. */
    add(logProb: number, reference: number): void {
      sums.k3 += klEstimate("k3", logProb, reference);
      sums.k1 += klEstimate("k1", logProb, reference);
      sums.tokens++;
    },
    /** Both means in nats; 0 without a token. */
    means(): Readonly<Record<string, number>> {
      const tokens = Math.max(1, sums.tokens);
      return { [name]: sums.k3 / tokens, [`${name}_k1`]: sums.k1 / tokens };
    },
  };
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
