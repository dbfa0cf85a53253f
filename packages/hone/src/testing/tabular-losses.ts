/**
 * The losses of the training port for one token, with their derivative with respect to its log-prob; written from the
 * formulas once more, so that an engine can be compared with them.
 *
 *     ρ = exp(log π − log π_sampled)
 *     cross_entropy         −w · log π
 *     importance_sampling   −ρ · A
 *     ppo                   −min( ρ·A , clip(ρ, low, high)·A )
 *     cispo                 −clip(ρ, low, high)·A · log π, the first factor held constant
 *     dro                   −( A · log π − ½ β (log π − log π_sampled)² )
 */
import type { LossConfig, LossName } from "../ports/training-client.ts";

export interface TokenLoss {
  readonly value: number;
  readonly derivative: number;
}

/** What a token brings along. */
export interface TokenFacts {
  readonly logProb: number;
  readonly samplingLogProb: number;
  readonly advantage: number;
  readonly reference: number;
  readonly clipLow: number;
  readonly clipHigh: number;
}

export function policyTokenLoss(loss: LossName, token: TokenFacts, config: LossConfig): TokenLoss {
  const term = surrogate(loss, token, config.beta ?? 0.05);
  if (config.kl === undefined) return term;
  const { coefficient, estimator } = config.kl;
  const d = token.logProb - token.reference;
  const [value, derivative] = {
    k1: [d, 1],
    k2: [(d * d) / 2, d],
    k3: [Math.exp(-d) + d - 1, 1 - Math.exp(-d)],
  }[estimator] as [number, number];
  return {
    value: term.value + coefficient * value,
    derivative: term.derivative + coefficient * derivative,
  };
}

function surrogate(loss: LossName, token: TokenFacts, beta: number): TokenLoss {
  const { logProb, samplingLogProb, advantage: a, clipLow, clipHigh } = token;
  const ratio = Math.exp(logProb - samplingLogProb);
  const clipped = Math.min(Math.max(ratio, clipLow), clipHigh);
  switch (loss) {
    case "importance_sampling":
      return { value: -ratio * a, derivative: -ratio * a };
    case "ppo": {
      const isClipped = clipped * a < ratio * a;
      return {
        value: -Math.min(ratio * a, clipped * a),
        derivative: isClipped ? 0 : -ratio * a,
      };
    }
    case "cispo":
      return { value: -clipped * a * logProb, derivative: -clipped * a };
    case "dro": {
      const drift = logProb - samplingLogProb;
      return {
        value: -(a * logProb - (beta / 2) * drift * drift),
        derivative: -(a - beta * drift),
      };
    }
    case "cross_entropy":
    case "value":
      throw new Error(`internal: ${loss} is no policy loss`);
  }
}
