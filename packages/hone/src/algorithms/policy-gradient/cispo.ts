/**
 * CISPO: the clipped ratio is a weight without a gradient, so no token is left out however far its ratio moved.
 *
 *     C = − 1/Σ|o| Σ_i Σ_t sg( clip(ρ_t, low, high) ) · A_i · log π(o_t)        A_i as in GRPO; sg stops the gradient
 *
 * The paper bounds the ratio from above only, so low is 0; it gives no value for the upper bound, and 5 is that of ScaleRL
 * (arXiv:2510.13786), which TRL recommends too. A set of GRPO's options.
 * MiniMax 2025, MiniMax-M1 §3.1, eqs. 4, 5 (arXiv:2506.13585); checked against TRL's loss_type "cispo".
 */
import { checkOptions } from "../../core/known-options.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { grpoMethod } from "./grpo.ts";
import { grpoSettings } from "./grpo-options.ts";
import { policyGradient } from "./policy-gradient.ts";
import {
  type ClipOptions,
  type PolicyOptions,
  policyOptionNames,
  type TokenWeightOptions,
  tokenWeightOptionNames,
} from "./policy-options.ts";

/** Options of `cispo`. */
export interface CispoOptions
  extends PolicyOptions, TokenWeightOptions, Omit<ClipOptions, "dualClip"> {}

/**
 * Clipped importance sampling policy optimization. Defaults: clipLow 0, clipHigh 5, normalization "dapo".
 * @throws OPTION_INVALID at once; while it runs as `grpo`
 * @example cispo({ steps: 60, learningRate: 1e-3, clipHigh: 5 })
 */
export function cispo(options: CispoOptions): Algorithm {
  checkOptions("cispo", options, {
    ...policyOptionNames,
    ...tokenWeightOptionNames,
    clipLow: true,
    clipHigh: true,
  });
  const { clipLow = 0, clipHigh = 5 } = options;
  const own = { loss: "cispo", clipLow, clipHigh } as const;
  return policyGradient(grpoMethod("cispo", grpoSettings({ ...options, ...own }, "cispo")));
}
