/**
 * REINFORCE++: no critic and no groups; KL is paid token by token in the reward, and advantages are normalised over all tokens of the
 * batch, so that no task's own spread is divided out.
 *
 *     A_t = r − β Σ_{i≥t} kl_i                          kl = k1: log π(o) − log π_ref(o) at the sampled token
 *     Â_t = (A_t − mean) / sqrt(var)                    over the sampled tokens of the batch
 *     C   = − 1/Σ|o| Σ_i Σ_t min( ρ_t·Â_t , clip(ρ_t)·Â_t )
 *
 * With `baseline: "group"` (REINFORCE++-baseline, for several answers to a task) r is the reward minus the mean of its group, and KL
 * is a term of the loss, by k2, unless `kl` says otherwise.
 * The authors' code is OpenRLHF: the variance is divided by the number of tokens and is at least 1e-8, as here. β is 0 unless given.
 * Hu et al. 2025 §3.1–3.2 (arXiv:2501.03262). TRL has no such trainer; checked against the formulas in NumPy.
 */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { groupAdvantages, hasSignal } from "../blocks/advantages.ts";
import { policyMethodChoices, type MethodChoice } from "./policy-choices.ts";
import { policyGradient } from "./policy-gradient.ts";
import { familySettings } from "./family-settings.ts";
import {
  type ClipOptions,
  clipOptionNames,
  type PolicyOptions,
  policyOptionNames,
  type TokenWeightOptions,
  tokenWeightOptionNames,
} from "./policy-options.ts";
import { type Advantage, type Answer, groupNames, type RolloutBatch } from "./scored-answers.ts";

/** Options of `reinforcePlusPlus`. */
export interface ReinforcePlusPlusOptions extends PolicyOptions, TokenWeightOptions, ClipOptions {
  /** Answers per task, at least 1, and 2 for the baseline "group". Default 8. */
  readonly groupSize?: number;
  /** "group" takes the mean of an answer's group from its reward: REINFORCE++-baseline. Default "none". */
  readonly baseline?: MethodChoice<"plusPlusBaseline">;
}

const optionNames: OptionNames<ReinforcePlusPlusOptions> = {
  ...policyOptionNames,
  ...tokenWeightOptionNames,
  ...clipOptionNames,
  baseline: true,
};

/**
 * REINFORCE++ and REINFORCE++-baseline.
 * @throws OPTION_INVALID at once; while it runs as `grpo`
 * @example reinforcePlusPlus({ steps: 60, groupSize: 1, groupsPerStep: 64, learningRate: 1e-3, kl: { coefficient: 0.01 } })
 */
export function reinforcePlusPlus(options: ReinforcePlusPlusOptions): Algorithm {
  const where = "reinforcePlusPlus";
  checkOptions(where, options, optionNames);
  const { baseline = "none" } = options;
  optionChecks(where).oneOf("baseline", baseline, policyMethodChoices.plusPlusBaseline);
  const isGroup = baseline === "group";
  const settings = familySettings(where, options, {
    normalization: "dapo",
    loss: "ppo",
    minGroupSize: isGroup ? 2 : 1,
    kl: isGroup ? { estimator: "k2", place: "loss" } : { estimator: "k1", place: "reward" },
  });
  return policyGradient({
    name: "reinforce-plus-plus",
    settings,
    own: { baseline },
    advantages: (batch) => {
      const rewards = batch.answers.map(({ reward }) => reward);
      const compared = isGroup
        ? groupAdvantages(rewards, groupNames(batch), { scale: "none" })
        : rewards;
      return { advantages: overTokens(batch, compared) };
    },
  });
}

/** Â of the formula above: one number for an answer without penalties, else one for each of its tokens. */
function overTokens(batch: RolloutBatch, rewards: readonly number[]): Advantage[] {
  const own = batch.answers.map((answer, i) => returnsOf(answer, rewards[i]!));
  const tokens = batch.answers.flatMap(({ rows, length }, i) => {
    const returns = own[i]!;
    if (typeof returns === "number") return Array.from({ length }, () => returns);
    return rows.flatMap(({ mask }, r) => Array.from(returns[r]!).filter((_, t) => mask[t] !== 0));
  });
  if (!hasSignal(tokens)) return own.map(() => 0);
  const mean = tokens.reduce((sum, value) => sum + value, 0) / tokens.length;
  const variance = tokens.reduce((sum, value) => sum + (value - mean) ** 2, 0) / tokens.length;
  const scale = 1 / Math.sqrt(Math.max(variance, 1e-8));
  const normalised = (value: number): number => (value - mean) * scale;
  return own.map((returns) =>
    typeof returns === "number"
      ? normalised(returns)
      : returns.map((row) => Array.from(row, normalised)),
  );
}

/** The reward less the penalties from each token on; the rows of an answer follow each other. */
function returnsOf({ penalties }: Answer, reward: number): Advantage {
  if (penalties === undefined) return reward;
  let paid = 0;
  return penalties
    .toReversed()
    .map((row) => {
      const returns = new Float64Array(row.length);
      for (let t = row.length - 1; t >= 0; t--) {
        paid += row[t]!;
        returns[t] = reward - paid;
      }
      return returns;
    })
    .toReversed();
}
