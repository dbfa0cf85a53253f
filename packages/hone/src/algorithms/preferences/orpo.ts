/**
 * Odds Ratio Preference Optimization (ORPO): supervised learning and preferences in one loss, without a reference.
 *
 * Hong et al. 2024 (arXiv:2403.07691), eq. 6 and 7:
 *
 *     C = NLL(chosen)  −  λ · mean log σ( log odds(chosen) − log odds(rejected) )        log odds = x − log(1 − e^x)
 *
 * with x the mean log-prob of an answer's tokens, and NLL the mean over all tokens of the batch's chosen answers. TRL 1.16's experimental
 * ORPOTrainer (λ is its `beta`) takes the NLL of the prompt's tokens along; here, as in SFT, only answers are learned.
 */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { type PairOptions, pairOptionNames } from "./pair-examples.ts";
import { pairAlgorithm } from "./pair-training.ts";
import { logOdds } from "./ratio-scores.ts";

/** Options of `orpo`: the pairs and the optimizer's as for every method on pairs, and the loss's. */
export interface OrpoOptions extends PairOptions {
  /** λ, the weight of the odds ratio beside the likelihood, above 0. Default 0.1. */
  readonly beta?: number;
}

const optionNames: OptionNames<OrpoOptions> = { ...pairOptionNames, beta: true };

/**
 * Odds ratio preference optimization: learns the better answer of each pair, and prefers it to the worse one, without a reference.
 *
 * Metrics: as `dpo`, with β times mean log-probs as rewards.
 *
 * @throws OPTION_INVALID, DATA_EMPTY, PREFERENCE_UNUSABLE at once; LOSS_UNSUPPORTED, WEIGHTS_CHANGED, TRAINING_NOT_FINITE while it runs
 * @example const algorithm = orpo({ pairs, beta: 0.1, learningRate: 8e-6 });
 */
export function orpo(options: OrpoOptions): Algorithm {
  checkOptions("orpo", options, optionNames);
  const { beta = 0.1 } = options;
  optionChecks("orpo").number("beta", beta, { above: 0 });
  const objective = {
    // β weighs the loss and does not scale the odds, which `sigmoid` would do.
    losses: [{ name: "sigmoid" as const, weight: beta }],
    beta: 1,
    labelSmoothing: 0,
    discopopTau: 1,
    score: logOdds,
    margin: 0,
    lengthNormalized: true,
    sftWeight: 1,
    tailDiscount: 1,
  };
  const method = {
    name: "orpo",
    objective,
    usesReference: false,
    settings: { beta },
    rewardScale: beta,
  };
  return pairAlgorithm(method, options);
}
