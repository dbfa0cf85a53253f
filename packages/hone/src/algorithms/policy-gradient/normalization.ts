import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { PolicyChoice } from "./policy-choices.ts";

/** How much one token of an answer weighs in the loss of a step; the formulas are at `tokenWeights`. */
export type Normalization = PolicyChoice<"normalization">;

/** The formula of `tokenWeights`, and the counts that it divides by. */
export interface NormalizationOptions {
  /** The formula by which tokens are weighted. */
  readonly rule: Normalization;
  /** For "dr_grpo": the constant length that sums are divided by, in tokens, usually the most an answer may have. */
  readonly tokensPerAnswer?: number;
  /** For "dapo": sampled tokens of the whole rollout batch. */
  readonly batchTokens: number;
  /** For "dapo": how many minibatches the rollout batch is split into. */
  readonly minibatches: number;
  /**
   * For "grpo", "dr_grpo" and "sum": answers of the whole rollout batch, where its minibatches differ in their number. Their N is then
   * batchAnswers / minibatches in each, so that an answer weighs the same in whichever it is. Default: N counts the minibatch's own.
   */
  readonly batchAnswers?: number;
}

/**
 * The weight of each token of each answer, for losses that are sums. Multiply an answer's advantage by it.
 *
 *     grpo      1 / (N · len[i])        the mean over an answer's tokens, then over answers
 *     dr_grpo   1 / (N · L)             a constant L: long wrong answers are no longer let off lightly
 *     bnpo      1 / Σ len               every token of the minibatch weighs the same
 *     dapo      M / Σ_batch len         every token of the rollout batch weighs the same, over all M minibatches
 *     sum       1 / N                   the sum over an answer's tokens, then the mean over answers: REINFORCE as it is written
 *
 * Folding is exact because ppo, cispo and importance_sampling are linear in a positive factor of the advantage.
 *
 * @param lengths  [N] sampled tokens of each answer of the minibatch, those without signal included: leaving an answer
 *                 with advantage 0 out of the data then changes nothing but the time it takes
 * @returns        [N] weight per token; 0 for an answer without tokens
 * @throws         OPTION_INVALID when "dr_grpo" has no positive tokensPerAnswer, and for an option that there is not
 * @source         Shao et al. 2024 (arXiv:2402.03300); Liu et al. 2025 (arXiv:2503.20783); Yu et al. 2025, DAPO
 *                 (arXiv:2503.14476) for tokens over the batch; the names but for "sum" are TRL's `loss_type`
 * @example
 * tokenWeights([2, 6], { rule: "bnpo", batchTokens: 8, minibatches: 1 }); // [1/8, 1/8]
 */
export function tokenWeights(lengths: readonly number[], options: NormalizationOptions): number[] {
  checkOptions("tokenWeights", options, optionNames);
  const { batchAnswers, minibatches } = options;
  const answers = batchAnswers === undefined ? lengths.length : batchAnswers / minibatches;
  const tokens = lengths.reduce((a, b) => a + b, 0);
  const constant = options.rule === "dr_grpo" ? lengthConstant(options.tokensPerAnswer) : 1;
  return lengths.map((length) => {
    if (length === 0) return 0;
    switch (options.rule) {
      case "grpo":
        return 1 / (answers * length);
      case "dr_grpo":
        return 1 / (answers * constant);
      case "bnpo":
        return 1 / tokens;
      case "sum":
        return 1 / answers;
      case "dapo":
        return options.minibatches / options.batchTokens;
    }
  });
}

const optionNames: OptionNames<NormalizationOptions> = {
  rule: true,
  tokensPerAnswer: true,
  batchTokens: true,
  minibatches: true,
  batchAnswers: true,
};

function lengthConstant(tokensPerAnswer: number | undefined): number {
  return optionChecks('normalization "dr_grpo"').number("tokensPerAnswer", tokensPerAnswer, {
    above: 0,
  });
}
