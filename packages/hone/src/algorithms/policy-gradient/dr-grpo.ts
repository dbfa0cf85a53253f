/**
 * Dr. GRPO: GRPO without the two divisions that favour long wrong answers and tasks of one difficulty.
 *
 *     C = − 1/(N·L) Σ_i Σ_t min( ρ_t·A_i , clip(ρ_t)·A_i )        A_i = r_i − mean_g r
 *
 * N answers, L = `tokensPerAnswer`, a constant: rewards are not divided by the group's deviation, sums over tokens not by an answer's
 * length. The paper's code takes the most tokens an answer may have for L, as TRL does. A set of GRPO's options.
 * Liu et al. 2025, Understanding R1-Zero-Like Training §3.2 (arXiv:2503.20783); checked against TRL's loss_type "dr_grpo".
 */
import { checkOptions } from "../../core/known-options.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { grpoMethod } from "./grpo.ts";
import { grpoSettings } from "./grpo-options.ts";
import { policyGradient } from "./policy-gradient.ts";
import {
  type ClipOptions,
  clipOptionNames,
  type PolicyOptions,
  policyOptionNames,
} from "./policy-options.ts";

/** Options of `drGrpo`. */
export interface DrGrpoOptions extends PolicyOptions, ClipOptions {
  /** L, in tokens: usually the most that an answer may have. */
  readonly tokensPerAnswer: number;
}

/**
 * GRPO Done Right: advantages only centred, sums over tokens divided by a constant.
 * @throws OPTION_INVALID at once; while it runs as `grpo`
 * @example drGrpo({ steps: 60, learningRate: 1e-3, tokensPerAnswer: 64 })
 */
export function drGrpo(options: DrGrpoOptions): Algorithm {
  checkOptions("drGrpo", options, {
    ...policyOptionNames,
    ...clipOptionNames,
    tokensPerAnswer: true,
  });
  const own = { advantageScale: "none", normalization: "dr_grpo" } as const;
  return policyGradient(grpoMethod("dr-grpo", grpoSettings({ ...options, ...own }, "drGrpo")));
}
