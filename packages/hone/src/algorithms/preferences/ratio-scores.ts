/**
 * What a preference loss compares of two answers: a score f(x) of each, where x is its log-ratio to the reference or, without a
 * reference, its log-prob. With its derivative, for losses of the difference of scores.
 */
import { logistic } from "../../core/logistic.ts";
import { logSigmoid } from "./pair-losses.ts";
import type { Divergence } from "./preference-choices.ts";

/** A score and its derivative. */
export interface Score {
  readonly value: number;
  readonly slope: number;
}

/** A function from a log-ratio to a score. */
export type ScoreFunction = (x: number) => Score;

/** f(x) = x. */
export const plainScore: ScoreFunction = (x) => ({ value: x, slope: 1 });

/**
 * The score of a log-ratio x under a divergence, f'(e^x) up to a constant:
 *
 *     reverse_kl         x                                       DPO
 *     forward_kl         1 − e^(−x)
 *     js_divergence      log 2 + log σ(x)
 *     alpha_divergence   (e^((α − 1)·x) − 1) / (α − 1)           x where α is 1
 *
 * The exponent of alpha_divergence is cut at 80, as in TRL, beyond which the slope is 0.
 *
 * @param alpha  of alpha_divergence
 * @source Wang et al. 2023, Beyond Reverse KL (arXiv:2309.16240)
 */
export function divergenceScore(divergence: Divergence, alpha: number): ScoreFunction {
  switch (divergence) {
    case "reverse_kl":
      return plainScore;
    case "forward_kl":
      return (x) => ({ value: -Math.expm1(-x), slope: Math.exp(-x) });
    case "js_divergence":
      return (x) => ({ value: Math.LN2 + logSigmoid(x), slope: logistic(-x) });
    case "alpha_divergence": {
      const power = alpha - 1;
      if (Math.abs(power) < 1e-6) return plainScore;
      return (x) => {
        const exponent = Math.min(80, power * x);
        const slope = power * x > 80 ? 0 : Math.exp(exponent);
        return { value: Math.expm1(exponent) / power, slope };
      };
    }
  }
}

/** The largest log-prob that log-odds are taken of: the next f32 below 0 or so, as the odds of a certain answer are infinite. */
const NEARLY_CERTAIN = -1e-7;

/**
 * The log-odds of an answer whose mean log-prob per token is x < 0: log(p / (1 − p)) with p = e^x. Above −1e-7 those of −1e-7.
 * @source Hong et al. 2024, ORPO, eq. 4 (arXiv:2403.07691)
 */
export const logOdds: ScoreFunction = (given) => {
  const x = Math.min(given, NEARLY_CERTAIN);
  const rest = -Math.expm1(x);
  return { value: x - Math.log(rest), slope: 1 / rest };
};

/**
 * AlphaPO's score of a log-prob x: (1 − e^(−α·x)) / α; x where α is 0.
 * @source Gupta et al. 2025, AlphaPO (arXiv:2501.03884)
 */
export function alphaScore(alpha: number): ScoreFunction {
  if (alpha === 0) return plainScore;
  return (x) => ({ value: -Math.expm1(-alpha * x) / alpha, slope: Math.exp(-alpha * x) });
}
