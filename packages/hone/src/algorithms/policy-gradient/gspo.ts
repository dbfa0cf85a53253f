/**
 * GSPO: one ratio for a whole answer, the geometric mean of its tokens' ratios, since it is the answer that is rewarded.
 *
 *     C = − 1/N Σ_i min( s_i·A_i , clip(s_i, low, high)·A_i )        s_i = ( π(o_i) / π_sampled(o_i) )^(1/|o_i|)
 *
 * A_i as in GRPO. The clip is the paper's (§5.1), far narrower than a token's, as the mean of many drifts is small. TRL has the same
 * loss by importance_sampling_level "sequence". GSPO-token, which the paper offers for advantages of single tokens, is not this: a
 * token's advantage here is clipped with, and moves, the whole answer's ratio.
 * Zheng et al. 2025 §4.1, eqs. 5, 7 (arXiv:2507.18071); checked against TRL.
 */
import { checkOptions } from "../../core/known-options.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { sequenceMethod, type SequenceOptions, sequenceOptionNames } from "./sequence-method.ts";
import { type ClipOptions, clipOptionNames } from "./policy-options.ts";

/** Options of `gspo`. */
export interface GspoOptions extends SequenceOptions, ClipOptions {}

/**
 * Group sequence policy optimization. Defaults: clipLow 1 − 3e-4, clipHigh 1 + 4e-4.
 * @throws OPTION_INVALID at once; while it runs as `grpo`
 * @example gspo({ steps: 60, learningRate: 1e-3, minibatchesPerBatch: 4 })
 */
export function gspo(options: GspoOptions): Algorithm {
  checkOptions("gspo", options, { ...sequenceOptionNames, ...clipOptionNames });
  return sequenceMethod("gspo", options, { clipLow: 1 - 3e-4, clipHigh: 1 + 4e-4 });
}
