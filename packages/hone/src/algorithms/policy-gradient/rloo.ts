/**
 * RLOO: REINFORCE whose baseline is the mean reward of the other answers to the same task, with one ratio for a whole answer.
 *
 *     A_i = s_i − 1/(k − 1) Σ_{j≠i} s_j                        s_i = r_i − β Σ_t kl_t, k answers to the task
 *     C   = − 1/N Σ_i min( ρ_i·A_i , clip(ρ_i)·A_i )           ρ_i = π(o_i) / π_sampled(o_i)
 *
 * The paper's estimator is the gradient at ρ = 1; the ratio and its clip, for several updates on a batch, are TRL's RLOOTrainer.
 * KL is paid in the reward, by k1, as there (TRL's β is 0.05; here it is 0 unless given). `normalizeAdvantages` divides by the batch's
 * deviation, as TRL's option of that name: (A − mean) / (std + 1e-4), n − 1 in the deviation.
 * Kool et al. 2019; Ahmadian et al. 2024, Back to Basics §3.2, eq. 8 (arXiv:2402.14740); checked against TRL's RLOOTrainer.
 */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { leaveOneOut, standardized } from "./baselines.ts";
import { hasOneRatio, refuseCredit } from "./credit.ts";
import { policyGradient } from "./policy-gradient.ts";
import { familySettings } from "./family-settings.ts";
import {
  type ClipOptions,
  clipOptionNames,
  type PolicyOptions,
  policyOptionNames,
} from "./policy-options.ts";
import { groupNames, scoreOf } from "./scored-answers.ts";

/** Options of `rloo`. */
export interface RlooOptions extends PolicyOptions, ClipOptions {
  /** Whether advantages are divided by their deviation over the batch. Default false. */
  readonly normalizeAdvantages?: boolean;
}

const optionNames: OptionNames<RlooOptions> = {
  ...policyOptionNames,
  ...clipOptionNames,
  normalizeAdvantages: true,
};

/**
 * REINFORCE leave-one-out.
 * @throws OPTION_INVALID at once; while it runs as `grpo`
 * @example rloo({ steps: 60, groupSize: 4, learningRate: 1e-3, kl: { coefficient: 0.05 } })
 */
export function rloo(options: RlooOptions): Algorithm {
  checkOptions("rloo", options, optionNames);
  refuseCredit("rloo", options, hasOneRatio);
  const { normalizeAdvantages = false } = options;
  optionChecks("rloo").flag("normalizeAdvantages", normalizeAdvantages);
  const settings = familySettings("rloo", options, {
    normalization: "grpo",
    loss: "rloo",
    minGroupSize: 2,
    kl: { estimator: "k1", place: "reward" },
  });
  return policyGradient({
    name: "rloo",
    settings,
    own: { normalizeAdvantages },
    advantages: (batch) => {
      const advantages = leaveOneOut(batch.answers.map(scoreOf), groupNames(batch));
      return { advantages: normalizeAdvantages ? standardized(advantages) : advantages };
    },
  });
}
