/**
 * Simple Preference Optimization (SimPO): the reward is the mean log-prob of an answer, without a reference.
 *
 * Meng et al. 2024 (arXiv:2405.14734), eq. 6:
 *
 *     C = − mean log σ( β·(f(x_chosen) − f(x_rejected)) − γ )        x = log π(answer) / its tokens
 *
 * with f(x) = x, or AlphaPO's f(x) = (1 − e^(−αx)) / α (Gupta et al. 2025, arXiv:2501.03884). As TRL 1.16's experimental CPOTrainer
 * with loss_type "simpo"; `sftWeight` is its `cpo_alpha`, which the paper does not have.
 */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { type PairOptions, pairOptionNames } from "./pair-examples.ts";
import { pairAlgorithm } from "./pair-training.ts";
import { alphaScore } from "./ratio-scores.ts";

/** Options of `simpo`: the pairs and the optimizer's as for every method on pairs, and the loss's. */
export interface SimpoOptions extends PairOptions {
  /** β, the scale of the rewards, above 0. Default 2. */
  readonly beta?: number;
  /** γ, by how much the chosen answer's reward is to lie above the rejected one's, at least 0. Default 1. */
  readonly gamma?: number;
  /** Share of pairs taken to be labelled the wrong way round, at least 0 and below 0.5. Default 0. */
  readonly labelSmoothing?: number;
  /** Weight of the chosen answers' negative log-likelihood per token, at least 0. Default 0. */
  readonly sftWeight?: number;
  /** α of AlphaPO's reward. Default 0: the mean log-prob itself. */
  readonly alpha?: number;
}

const optionNames: OptionNames<SimpoOptions> = {
  ...pairOptionNames,
  beta: true,
  gamma: true,
  labelSmoothing: true,
  sftWeight: true,
  alpha: true,
};

/**
 * Simple preference optimization: learns from pairs of a better and a worse answer by their mean log-probs, without a reference.
 *
 * Metrics: as `dpo`, with mean log-probs in the place of log-ratios.
 *
 * @throws OPTION_INVALID, DATA_EMPTY, PREFERENCE_UNUSABLE at once; LOSS_UNSUPPORTED, WEIGHTS_CHANGED, TRAINING_NOT_FINITE while it runs
 * @example const algorithm = simpo({ pairs, beta: 2, gamma: 1, learningRate: 1e-6 });
 */
export function simpo(options: SimpoOptions): Algorithm {
  checkOptions("simpo", options, optionNames);
  const { beta = 2, gamma = 1, labelSmoothing = 0, sftWeight = 0, alpha = 0 } = options;
  const check = optionChecks("simpo");
  check.number("beta", beta, { above: 0 });
  check.number("gamma", gamma, { min: 0 });
  check.number("labelSmoothing", labelSmoothing, { min: 0, below: 0.5 });
  check.number("sftWeight", sftWeight, { min: 0 });
  check.number("alpha", alpha);
  const objective = {
    losses: [{ name: "sigmoid" as const, weight: 1 }],
    beta,
    labelSmoothing,
    discopopTau: 1,
    score: alphaScore(alpha),
    margin: gamma / beta,
    lengthNormalized: true,
    sftWeight,
    tailDiscount: 1,
  };
  const settings = { beta, gamma, labelSmoothing, sftWeight, alpha };
  return pairAlgorithm({ name: "simpo", objective, usesReference: false, settings }, options);
}
