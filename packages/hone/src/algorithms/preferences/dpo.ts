/**
 * Direct Preference Optimization (DPO) and its relatives with a reference.
 *
 * Rafailov et al. 2023 (arXiv:2305.18290), eq. 7. Of a prompt's two answers, of which one is preferred,
 *
 *     C = − mean log σ( β·(c − r) )        c = log π(chosen) − log π_ref(chosen), r likewise
 *
 * with log-probs summed over an answer's tokens. No reward model and no sampling: the policy is its own reward, β·c. The other
 * losses of the family are rows of pair-losses.ts (IPO, hinge, robust, EXO, APO, SPPO, DiscoPOP, NCA, BCO) and sorted-losses.ts
 * (AOT); several are mixed by weights, and `sftWeight` adds the chosen answers' negative log-likelihood (RPO, arXiv:2404.19733).
 *
 * Variants: those of TRL 1.16's DPOTrainer, but "sigmoid" reads the label smoothing (conservative DPO), which TRL's ignores. WPO's
 * weights need whole distributions and are left out. The reference is the policy before the run, computed once for each
 * row without dropout; the policy's two passes share their dropout, where an adapter has any (TRL turns it off).
 */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { type OptionChecks, optionChecks } from "../../core/option-checks.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import type { PairLossSettings } from "./pair-losses.ts";
import { pairLossOf } from "./pair-losses.ts";
import type { PairObjective } from "./pair-objective.ts";
import { type PairOptions, pairOptionNames } from "./pair-examples.ts";
import { pairAlgorithm } from "./pair-training.ts";
import {
  type Divergence,
  divergenceNames,
  type DpoLossName,
  dpoLossNames,
} from "./preference-choices.ts";
import { divergenceScore } from "./ratio-scores.ts";
import { sortedLosses } from "./sorted-losses.ts";

/** Options of `dpo`: the pairs and the optimizer's as for every method on pairs, and the loss's. */
export interface DpoOptions extends PairOptions {
  /** How strongly the policy is held to the reference, above 0. Default 0.1. */
  readonly beta?: number;
  /** The loss, or several by their weights, as `{ sigmoid: 0.8, bco_pair: 0.2 }`. Default "sigmoid". */
  readonly loss?: DpoLossName | Readonly<Partial<Record<DpoLossName, number>>>;
  /**
   * ε, the share of pairs taken to be labelled the wrong way round, at least 0 and below 0.5. Read by sigmoid, sigmoid_norm, exo_pair,
   * robust, aot and aot_unpaired; exo_pair needs one above 0. Default 0, for exo_pair 0.001.
   */
  readonly labelSmoothing?: number;
  /** Whether the losses compare means over an answer's tokens instead of sums. Default false; ipo and sigmoid_norm always do. */
  readonly lengthNormalized?: boolean;
  /** Weight of the chosen answers' negative log-likelihood per token, at least 0 (RPO's α). Default 0. */
  readonly sftWeight?: number;
  /** How the policy is held to the reference. Only for losses of the difference. Default "reverse_kl", which is DPO. */
  readonly divergence?: Divergence;
  /** α of divergence "alpha_divergence". Default 0.5. */
  readonly divergenceAlpha?: number;
  /** Discount of tokens beyond the length of the pair's shorter answer, 0 to 1 (LD-DPO's α, arXiv:2409.06411). Default 1: none. */
  readonly tailDiscount?: number;
  /** DiscoPOP's temperature, above 0. Default 0.05. */
  readonly discopopTau?: number;
}

const optionNames: OptionNames<DpoOptions> = {
  ...pairOptionNames,
  beta: true,
  loss: true,
  labelSmoothing: true,
  lengthNormalized: true,
  sftWeight: true,
  divergence: true,
  divergenceAlpha: true,
  tailDiscount: true,
  discopopTau: true,
};

/**
 * Direct preference optimization: learns from pairs of a better and a worse answer, beside a frozen reference.
 *
 * Metrics: loss; reward_chosen, reward_rejected and reward_margin, β times the log-ratios to the reference; reward_accuracy, the share
 * of pairs whose chosen answer has the larger one; log_prob_chosen, log_prob_rejected, length_chosen, length_rejected,
 * gradient_norm, learning_rate, tokens, rows, epoch.
 *
 * @throws OPTION_INVALID, DATA_EMPTY, PREFERENCE_UNUSABLE at once; LOSS_UNSUPPORTED, REFERENCE_MISSING, WEIGHTS_CHANGED,
 *         TRAINING_NOT_FINITE while it runs
 * @example
 * const question = [{ role: "user", content: "2 + 2?" }] as const;
 * const chosen = [{ role: "assistant", content: "4" }] as const;
 * const rejected = [{ role: "assistant", content: "5" }] as const;
 * const algorithm = dpo({ pairs: [{ prompt: question, chosen, rejected }], beta: 0.1, learningRate: 1e-5 });
 */
export function dpo(options: DpoOptions): Algorithm {
  checkOptions("dpo", options, optionNames);
  const { divergence = "reverse_kl", divergenceAlpha = 0.5 } = options;
  const objective = objectiveOf(options, { divergence, divergenceAlpha });
  const { score: _, margin: __, losses, ...numbers } = objective;
  const loss = Object.fromEntries(losses.map(({ name, weight }) => [name, weight]));
  return pairAlgorithm(
    {
      name: "dpo",
      objective,
      usesReference: true,
      settings: { loss, ...numbers, divergence, divergenceAlpha },
    },
    options,
  );
}

function objectiveOf(
  options: DpoOptions,
  {
    divergence,
    divergenceAlpha,
  }: { readonly divergence: Divergence; readonly divergenceAlpha: number },
): PairObjective {
  const check = optionChecks("dpo");
  const { loss = "sigmoid", beta = 0.1, discopopTau = 0.05, tailDiscount = 1 } = options;
  const weights: Readonly<Record<string, number>> =
    typeof loss === "object" ? loss : { [check.oneOf("loss", loss, dpoLossNames)]: 1 };
  const losses = Object.entries(weights).map(([name, weight]) => ({
    name: check.oneOf("loss", name, dpoLossNames),
    weight: check.number(`loss.${name}`, weight, { min: 0 }),
  }));
  if (!losses.some(({ weight }) => weight > 0))
    throw check.invalid("loss", loss, "at least one loss with a weight above 0");
  const names = losses.map(({ name }) => name);
  check.oneOf("divergence", divergence, divergenceNames);
  check.number("divergenceAlpha", divergenceAlpha);
  const { lengthNormalized = false, sftWeight = 0 } = options;
  const settings: PairLossSettings = {
    beta: check.number("beta", beta, { above: 0 }),
    labelSmoothing: smoothingOf(options.labelSmoothing, names, check),
    discopopTau: check.number("discopopTau", discopopTau, { above: 0 }),
  };
  check.flag("lengthNormalized", lengthNormalized);
  check.number("sftWeight", sftWeight, { min: 0 });
  check.share("tailDiscount", tailDiscount);
  checkCombination(names, { ...options, divergence }, check);
  if (options.discopopTau !== undefined && !names.includes("discopop"))
    throw check.invalid("discopopTau", discopopTau, "left out without the loss discopop");
  if (options.divergenceAlpha !== undefined && divergence !== "alpha_divergence")
    throw check.invalid("divergenceAlpha", divergenceAlpha, `left out with ${divergence}`);
  return {
    ...settings,
    losses,
    score: divergenceScore(divergence, divergenceAlpha),
    margin: 0,
    lengthNormalized,
    sftWeight,
    tailDiscount,
  };
}

const isSorted = (name: DpoLossName): name is keyof typeof sortedLosses => name in sortedLosses;

function smoothingOf(
  given: number | undefined,
  names: readonly DpoLossName[],
  check: OptionChecks,
): number {
  const value = given ?? (names.includes("exo_pair") ? 1e-3 : 0);
  if (names.includes("exo_pair")) check.number("labelSmoothing", value, { above: 0, below: 0.5 });
  else check.number("labelSmoothing", value, { min: 0, below: 0.5 });
  const reads = names.some((name) => isSorted(name) || pairLossOf(name).smooths === true);
  if (value > 0 && !reads)
    throw check.invalid("labelSmoothing", value, `0, since ${names.join(" and ")} reads none`);
  return value;
}

/** Refuses options that one of the losses would ignore. */
function checkCombination(
  names: readonly DpoLossName[],
  { divergence = "reverse_kl", lengthNormalized, pairs, rows }: DpoOptions,
  check: OptionChecks,
): void {
  const other = names.find((name) => isSorted(name) || pairLossOf(name).of !== "difference");
  if (divergence !== "reverse_kl" && other !== undefined)
    throw check.invalid("divergence", divergence, `"reverse_kl" with the loss ${other}`);
  const sorted = names.find(isSorted);
  if (sorted === undefined) return;
  if (lengthNormalized === true)
    throw check.invalid("lengthNormalized", true, `false with the loss ${sorted}`);
  const weighted = [...(pairs ?? []), ...(rows ?? [])].find(({ weight = 1 }) => weight !== 1);
  if (weighted !== undefined)
    throw check.invalid("weight", weighted.weight, `1 with the loss ${sorted}`);
}
