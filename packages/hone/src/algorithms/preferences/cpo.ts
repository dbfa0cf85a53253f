/**
 * Contrastive Preference Optimization (CPO): preferences without a reference.
 *
 * Xu et al. 2024 (arXiv:2401.08417), eq. 3. DPO with a uniform reference, which needs no second model, beside the likelihood of the
 * chosen answers:
 *
 *     C = − mean log σ( β·(log π(chosen) − log π(rejected)) )  +  α · NLL(chosen)
 *
 * log-probs summed over an answer's tokens (means for "ipo"), NLL the mean over all tokens of the batch's chosen answers. Losses
 * "hinge" and "ipo" are those of pair-losses.ts. As TRL 1.16's experimental CPOTrainer, whose `cpo_alpha` is `sftWeight`.
 */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { type PairOptions, pairOptionNames } from "./pair-examples.ts";
import { pairAlgorithm } from "./pair-training.ts";
import { cpoLossNames } from "./preference-choices.ts";
import { plainScore } from "./ratio-scores.ts";

/** Options of `cpo`: the pairs and the optimizer's as for every method on pairs, and the loss's. */
export interface CpoOptions extends PairOptions {
  /** Scale of the log-probs, above 0. Default 0.1. */
  readonly beta?: number;
  /** The loss of the difference. Default "sigmoid". */
  readonly loss?: (typeof cpoLossNames)[number];
  /** Share of pairs taken to be labelled the wrong way round, at least 0 and below 0.5; "sigmoid" reads it. Default 0. */
  readonly labelSmoothing?: number;
  /** α, the weight of the chosen answers' negative log-likelihood per token, at least 0. Default 1. */
  readonly sftWeight?: number;
}

const optionNames: OptionNames<CpoOptions> = {
  ...pairOptionNames,
  beta: true,
  loss: true,
  labelSmoothing: true,
  sftWeight: true,
};

/**
 * Contrastive preference optimization: learns from pairs of a better and a worse answer, without a reference.
 *
 * Metrics: as `dpo`, with log-probs in the place of log-ratios.
 *
 * @throws OPTION_INVALID, DATA_EMPTY, PREFERENCE_UNUSABLE at once; LOSS_UNSUPPORTED, WEIGHTS_CHANGED, TRAINING_NOT_FINITE while it runs
 * @example const algorithm = cpo({ pairs, beta: 0.1, learningRate: 1e-6 });
 */
export function cpo(options: CpoOptions): Algorithm {
  checkOptions("cpo", options, optionNames);
  const { beta = 0.1, loss = "sigmoid", labelSmoothing = 0, sftWeight = 1 } = options;
  const check = optionChecks("cpo");
  check.number("beta", beta, { above: 0 });
  check.oneOf("loss", loss, cpoLossNames);
  check.number("labelSmoothing", labelSmoothing, { min: 0, below: 0.5 });
  if (labelSmoothing > 0 && loss !== "sigmoid")
    throw check.invalid("labelSmoothing", labelSmoothing, `0, since ${loss} reads none`);
  check.number("sftWeight", sftWeight, { min: 0 });
  const objective = {
    losses: [{ name: loss, weight: 1 }],
    beta,
    labelSmoothing,
    discopopTau: 1,
    score: plainScore,
    margin: 0,
    lengthNormalized: false,
    sftWeight,
    tailDiscount: 1,
  };
  const settings = { beta, loss, labelSmoothing, sftWeight };
  return pairAlgorithm({ name: "cpo", objective, usesReference: false, settings }, options);
}
