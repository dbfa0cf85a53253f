/**
 * GSPO: one ratio for a whole answer, the geometric mean of its tokens' ratios, since it is the answer that is rewarded.
 *
 *     C = − 1/N Σ_i min( s_i·A_i , clip(s_i, low, high)·A_i )        s_i = ( π(o_i) / π_sampled(o_i) )^(1/|o_i|)
 *
 * A_i as in GRPO. The clip is the paper's (§5.1), far narrower than a token's, as the mean of many drifts is small. TRL has the same
 * loss by importance_sampling_level "sequence".
 *
 * GSPO-token is for advantages of single tokens, as credit over turns makes them:
 *
 *     C = − 1/N Σ_i 1/|o_i| Σ_t min( s_i,t·A_i,t , clip(s_i,t, low, high)·A_i,t )        s_i,t = sg[s_i] · π(o_i,t) / sg[π(o_i,t)]
 *
 * sg stops the gradient, so that value and clip of s_i,t are those of s_i, while a token's advantage moves that token alone. With one
 * advantage for all tokens of an answer, its gradient is that of GSPO.
 * Zheng et al. 2025 §4.1 and §4.3, eqs. 5, 7, 13, 14 (arXiv:2507.18071); checked against TRL, GSPO-token against its formula in PyTorch.
 */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { type MethodChoice, policyMethodChoices } from "./policy-choices.ts";
import { sequenceMethod, type SequenceOptions, sequenceOptionNames } from "./sequence-method.ts";
import { type ClipOptions, clipOptionNames } from "./policy-options.ts";

/** Options of `gspo`. */
export interface GspoOptions extends SequenceOptions, ClipOptions {
  /**
   * What the gradient of an answer's ratio reaches: all its tokens alike ("sequence"), or each token by its own advantage
   * ("sequence-token", GSPO-token), which `credit` needs. Default "sequence".
   */
  readonly importanceSampling?: MethodChoice<"importanceSampling">;
}

/**
 * Group sequence policy optimization, and GSPO-token. Defaults: clipLow 1 − 3e-4, clipHigh 1 + 4e-4.
 * @throws OPTION_INVALID at once; while it runs as `grpo`
 * @example
 * gspo({ steps: 60, learningRate: 1e-3, minibatchesPerBatch: 4 });
 * gspo({ steps: 60, learningRate: 1e-3, importanceSampling: "sequence-token", credit: { rule: "discounted" } });
 */
export function gspo(options: GspoOptions): Algorithm {
  const names = { ...sequenceOptionNames, ...clipOptionNames, importanceSampling: true } as const;
  checkOptions("gspo", options, names);
  const { importanceSampling = "sequence", ...shared } = options;
  const choices = policyMethodChoices.importanceSampling;
  optionChecks("gspo").oneOf("importanceSampling", importanceSampling, choices);
  const loss = importanceSampling === "sequence-token" && ({ loss: "gspo-token" } as const);
  return sequenceMethod("gspo", shared, { clipLow: 1 - 3e-4, clipHigh: 1 + 4e-4, ...loss });
}
