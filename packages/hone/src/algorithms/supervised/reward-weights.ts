/** Rewards → weights of episodes for supervised learning. */
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { hasSignal } from "../blocks/advantages.ts";
import { meanOf } from "../blocks/sums.ts";
import { type RewardWeightRule, rewardWeightRules } from "./reward-weight-choices.ts";

/** How rewards become weights. */
export interface RewardWeightOptions {
  /** The formula; see `rewardWeights`. Default "standardized". */
  readonly weighting?: RewardWeightRule;
  /**
   * Divides what is exponentiated, above 0: small values keep only the best. In deviations for "standardized", in units of the
   * reward for "awr" and "rwr"; the other rules have none. Default 1.
   */
  readonly temperature?: number;
  /** The least an exponential weight may be before scaling. Default 0.1 for "standardized", 0 for "awr" and "rwr". */
  readonly minWeight?: number;
  /** The most it may be. Default 10 for "standardized", 20 for "awr" as in the paper, without limit for "rwr". */
  readonly maxWeight?: number;
}

/** The names of these options. */
export const rewardWeightNames: OptionNames<RewardWeightOptions> = {
  weighting: true,
  temperature: true,
  minWeight: true,
  maxWeight: true,
};

/** The options with every default in place; a rule without an exponential has no temperature and no bounds. */
export interface RewardWeightSettings {
  readonly weighting: RewardWeightRule;
  readonly temperature?: number;
  readonly minWeight?: number;
  readonly maxWeight?: number;
}

const bounds = {
  standardized: { minWeight: 0.1, maxWeight: 10 },
  awr: { minWeight: 0, maxWeight: 20 },
  rwr: { minWeight: 0, maxWeight: Number.MAX_VALUE },
} as const;

/**
 * The options with their defaults.
 * @param where  the function or method whose options they are, for errors
 * @throws OPTION_INVALID naming the option and its range
 */
export function rewardWeightSettings(
  where: string,
  options: RewardWeightOptions,
): RewardWeightSettings {
  const check = optionChecks(where);
  const weighting = check.oneOf(
    "weighting",
    options.weighting ?? "standardized",
    rewardWeightRules,
  );
  if (weighting !== "standardized" && weighting !== "awr" && weighting !== "rwr") {
    for (const name of ["temperature", "minWeight", "maxWeight"] as const) {
      if (options[name] === undefined) continue;
      throw check.invalid(name, options[name], `absent beside weighting "${weighting}"`);
    }
    return { weighting };
  }
  const { temperature = 1, minWeight, maxWeight } = { ...bounds[weighting], ...given(options) };
  check.number("temperature", temperature, { above: 0 });
  check.number("minWeight", minWeight, { min: 0 });
  check.number("maxWeight", maxWeight, { above: 0 });
  if (maxWeight < minWeight)
    throw check.invalid("maxWeight", maxWeight, `at least minWeight, which is ${minWeight}`);
  return { weighting, temperature, minWeight, maxWeight };
}

/** Options that are there: a key that is undefined does not take a default away. */
const given = ({ temperature, minWeight, maxWeight }: RewardWeightOptions) => ({
  ...(temperature !== undefined && { temperature }),
  ...(minWeight !== undefined && { minWeight }),
  ...(maxWeight !== undefined && { maxWeight }),
});

/**
 * How much each episode counts, by its reward R. Weights are scaled to mean 1 (mean absolute value 1 for "raw").
 *
 *     standardized   exp((R − mean) / (τ · std)), cut to [0.1, 10]     std in its population form
 *     awr            exp((R − V) / τ), at most 20                      V = mean reward of the episode's task
 *     rwr            exp((R − max R) / τ)                              "awr" for a single task, without its limit
 *     normalized     (R − min) / (max − min)                           the worst counts 0, the best most
 *     raw            R                                                 below 0 the log-prob is lowered, without a bound
 *     positive       max(R, 0)
 *
 * Rewards that are all equal give weight 1 each: supervised learning as it is.
 *
 * @param rewards  [N] finite numbers, higher is better
 * @param options  the rule with its temperature and bounds; `tasks` [N] are the episodes' tasks, for "awr". Default: one task
 * @returns        [N] weights; 0 where an episode counts nothing
 * @throws OPTION_INVALID for a reward that is no finite number, for options out of range, and where no reward gives a weight
 * @source Peng et al. 2019, Advantage-Weighted Regression (arXiv:1910.00177), with returns of whole episodes and their mean as
 *         the baseline; Peters & Schaal 2007, Reinforcement learning by reward-weighted regression for operational space
 *         control (ICML)
 * @example rewardWeights([0, 1], { weighting: "standardized" }); // e^(−1), e^1, scaled: [0.238, 1.762]
 */
export function rewardWeights(
  rewards: readonly number[],
  options: RewardWeightOptions & { readonly tasks?: readonly string[] } = {},
): number[] {
  const where = "rewardWeights";
  checkOptions(where, options, { ...rewardWeightNames, tasks: true });
  const { tasks } = options;
  checkRewards(where, rewards);
  if (tasks !== undefined && tasks.length !== rewards.length) {
    const expected = `${rewards.length} texts, one for each reward`;
    throw optionChecks(where).invalid("tasks", `${tasks.length} texts`, expected);
  }
  return weightsOf(rewards, rewardWeightSettings(where, options), tasks);
}

/** @throws OPTION_INVALID naming the first reward that is no finite number */
export function checkRewards(where: string, rewards: readonly number[]): void {
  const wrong = rewards.findIndex((reward) => !Number.isFinite(reward));
  if (wrong < 0) return;
  throw new HoneError("OPTION_INVALID", {
    where,
    option: `rewards[${wrong}]`,
    got: String(rewards[wrong]),
    expected: "a finite number",
  });
}

/** `rewardWeights` of checked values. */
export function weightsOf(
  rewards: readonly number[],
  settings: RewardWeightSettings,
  tasks?: readonly string[],
): number[] {
  if (!hasSignal(rewards)) return rewards.map(() => 1);
  const weights = unscaled(rewards, settings, tasks);
  const scale = meanOf(weights.map(Math.abs));
  if (scale > 0) return weights.map((weight) => weight / scale);
  // Only "positive" can come to this: the other rules give the best reward a weight.
  throw new HoneError("OPTION_INVALID", {
    where: `weighting "${settings.weighting}"`,
    option: "rewards",
    got: `${rewards.length} rewards, none above 0`,
    expected: "at least one reward above 0, or another weighting",
  });
}

function unscaled(
  rewards: readonly number[],
  { weighting, temperature = 1, minWeight = 0, maxWeight = Infinity }: RewardWeightSettings,
  tasks: readonly string[] | undefined,
): number[] {
  const cut = (exponent: number): number =>
    Math.min(maxWeight, Math.max(minWeight, Math.exp(exponent)));
  const low = rewards.reduce((a, b) => Math.min(a, b));
  const high = rewards.reduce((a, b) => Math.max(a, b));
  switch (weighting) {
    case "standardized": {
      const mean = meanOf(rewards);
      const std = Math.sqrt(meanOf(rewards.map((reward) => (reward - mean) ** 2)));
      // Differences below 1e-160 have no square.
      return rewards.map((reward) => (std === 0 ? 1 : cut((reward - mean) / (temperature * std))));
    }
    case "awr": {
      const baselines = taskMeans(rewards, tasks);
      return rewards.map((reward, i) => cut((reward - baselines[i]!) / temperature));
    }
    case "rwr":
      // A common factor is scaled away; with the best at exp(0) nothing becomes infinite.
      return rewards.map((reward) => cut((reward - high) / temperature));
    case "normalized":
      return rewards.map((reward) => (reward - low) / (high - low));
    case "raw":
      return [...rewards];
    case "positive":
      return rewards.map((reward) => Math.max(0, reward));
  }
}

/** The mean reward of each episode's task. */
function taskMeans(rewards: readonly number[], tasks: readonly string[] | undefined): number[] {
  const members = Map.groupBy(rewards.keys(), (i) => tasks?.[i] ?? "");
  const means = rewards.map(() => 0);
  for (const indices of members.values()) {
    const mean = meanOf(indices.map((i) => rewards[i]!));
    for (const i of indices) means[i] = mean;
  }
  return means;
}
