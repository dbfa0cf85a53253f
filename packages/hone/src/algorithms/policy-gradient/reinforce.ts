/**
 * REINFORCE: the policy gradient itself, with a choice of baselines.
 *
 *     C = − 1/N Σ_i Σ_t ρ_t·A_i        dC/dθ = − 1/N Σ_i A_i Σ_t d log π(o_t)/dθ where ρ = 1        A_i = s_i − b
 *
 *     none             b = 0
 *     batch            b = the mean over the step's answers
 *     leave-one-out    b = the mean over the other answers to the same task, as in RLOO
 *     moving-average   b ← decay·b + (1 − decay)·(the step's mean), after each step; in the first step b is that step's mean
 *
 * ρ_t = π(o_t) / π_sampled(o_t) is 1 as long as a batch makes one update, which is the default; where it makes several, ρ corrects for
 * the updates before, token by token and without a clip. s_i is the reward, less KL where that is paid in the reward.
 * Williams 1992 §6 (doi:10.1007/BF00992696), with its reinforcement comparison for the moving average; Sutton & Barto 2018 §13.4.
 */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { meanOf } from "../blocks/sums.ts";
import { centred, leaveOneOut } from "./baselines.ts";
import { policyMethodChoices, type MethodChoice } from "./policy-choices.ts";
import { policyGradient } from "./policy-gradient.ts";
import type { AdvantageContext, GivenAdvantages } from "./policy-method.ts";
import { familySettings } from "./family-settings.ts";
import {
  type PolicyOptions,
  policyOptionNames,
  type TokenWeightOptions,
  tokenWeightOptionNames,
} from "./policy-options.ts";
import { groupNames, type RolloutBatch, scoreOf } from "./scored-answers.ts";

/** Options of `reinforce`. */
export interface ReinforceOptions extends PolicyOptions, TokenWeightOptions {
  /** Answers per task, at least 1, and 2 for "leave-one-out". Default 8. */
  readonly groupSize?: number;
  /** What a reward is compared with. Default "batch". */
  readonly baseline?: MethodChoice<"baseline">;
  /** Of "moving-average": how much of it stays from step to step, at least 0 and below 1. Default 0.9. */
  readonly decay?: number;
}

const optionNames: OptionNames<ReinforceOptions> = {
  ...policyOptionNames,
  ...tokenWeightOptionNames,
  baseline: true,
  decay: true,
};

/**
 * REINFORCE with a baseline. Default normalization "sum": an answer counts by its sum over tokens, as the formula has it.
 * @throws OPTION_INVALID at once; while it runs as `grpo`
 * @example reinforce({ steps: 60, groupSize: 1, groupsPerStep: 64, learningRate: 1e-3, baseline: "moving-average" })
 */
export function reinforce(options: ReinforceOptions): Algorithm {
  checkOptions("reinforce", options, optionNames);
  const { baseline = "batch", decay = 0.9 } = options;
  const check = optionChecks("reinforce");
  check.oneOf("baseline", baseline, policyMethodChoices.baseline);
  check.number("decay", decay, { min: 0, below: 1 });
  if (options.decay !== undefined && baseline !== "moving-average")
    throw check.invalid("decay", decay, `left out, since the baseline "${baseline}" reads none`);
  const settings = familySettings("reinforce", options, {
    normalization: "sum",
    loss: "importance_sampling",
    minGroupSize: baseline === "leave-one-out" ? 2 : 1,
  });
  return policyGradient({
    name: "reinforce",
    settings,
    own: { baseline, decay },
    advantages: (batch, context) => advantagesOf(batch, { ...context, baseline, decay }),
  });
}

interface BaselineChoice extends Pick<AdvantageContext, "state" | "isReplayed"> {
  readonly baseline: MethodChoice<"baseline">;
  readonly decay: number;
}

function advantagesOf(
  batch: RolloutBatch,
  { baseline, decay, state, isReplayed }: BaselineChoice,
): GivenAdvantages {
  const scores = batch.answers.map(scoreOf);
  if (baseline === "none") return { advantages: scores };
  if (baseline === "batch") return { advantages: centred(scores) };
  if (baseline === "leave-one-out") return { advantages: leaveOneOut(scores, groupNames(batch)) };
  const fresh = scores.filter((_, i) => !isReplayed(batch.answers[i]!));
  return againstAverage(scores, { fresh, decay, state });
}

interface AverageChoice extends Pick<BaselineChoice, "decay" | "state"> {
  /** The scores of the answers that the present policy gave, which alone move the average. */
  readonly fresh: readonly number[];
}

function againstAverage(
  scores: readonly number[],
  { fresh, decay, state }: AverageChoice,
): GivenAdvantages {
  const before = state?.["baseline"];
  if (typeof before === "number") {
    const after = fresh.length === 0 ? before : decay * before + (1 - decay) * meanOf(fresh);
    return {
      advantages: scores.map((score) => score - before),
      state: { baseline: after },
      metrics: { baseline: before },
    };
  }
  const advantages = centred(scores);
  if (fresh.length === 0) return { advantages };
  const mean = meanOf(fresh);
  return { advantages, state: { baseline: mean }, metrics: { baseline: mean } };
}
