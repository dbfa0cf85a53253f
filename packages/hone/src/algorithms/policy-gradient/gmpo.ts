/**
 * GMPO: the geometric mean of an answer's token ratios, each bounded before the mean is taken, so that single tokens with a ratio far
 * from 1 weigh little and the bounds can be wide.
 *
 *     C = − 1/N Σ_i A_i · Π_t worse(ρ_t)^(1/|o_i|)        worse(ρ) = min(ρ, clip ρ) where A_i > 0, else max(ρ, clip ρ)
 *
 * A_i as in GRPO. Bounds are those of the paper, e^(∓0.4), given here as ratios (TRL's `epsilon` is their logarithm).
 * Zhao et al. 2025 §3, eq. 4 (arXiv:2507.20673); checked against TRL's experimental GMPOTrainer.
 */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import type { ClipOptions } from "./policy-options.ts";
import { sequenceMethod, type SequenceOptions, sequenceOptionNames } from "./sequence-method.ts";

/** Options of `gmpo`. */
export interface GmpoOptions extends SequenceOptions, Omit<ClipOptions, "dualClip"> {}

/**
 * Geometric-mean policy optimization. Defaults: clipLow e^(−0.4) ≈ 0.67, above 0; clipHigh e^0.4 ≈ 1.49.
 * @throws OPTION_INVALID at once; while it runs as `grpo`
 * @example gmpo({ steps: 60, learningRate: 1e-3, minibatchesPerBatch: 4 })
 */
export function gmpo(options: GmpoOptions): Algorithm {
  checkOptions("gmpo", options, { ...sequenceOptionNames, clipLow: true, clipHigh: true });
  const { clipLow } = options;
  if (clipLow !== undefined) optionChecks("gmpo").number("clipLow", clipLow, { above: 0, max: 1 });
  return sequenceMethod("gmpo", options, { clipLow: Math.exp(-0.4), clipHigh: Math.exp(0.4) });
}
