/**
 * Generalised advantage estimation (GAE).
 *
 *     δ_t = r_t + γ·V(s_{t+1}) − V(s_t)
 *     A_t = δ_t + γλ·A_{t+1}                 R_t = A_t + V(s_t)
 *
 * λ = 0 trusts the critic (one reward ahead, low variance), λ = 1 the rewards (no bias). V is 0 after the last step, where the episode
 * ended, or the critic's value there, where it was cut off.
 * Schulman et al. 2016, High-Dimensional Continuous Control Using Generalized Advantage Estimation, eq. 16 (arXiv:1506.02438).
 */
import { HoneError } from "../../core/errors.ts";
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { hasSignal } from "../blocks/advantages.ts";
import { meanOf, sumOf } from "../blocks/sums.ts";

/** An episode as numbers: one of each for each of its T steps, which are tokens or turns. */
export interface EpisodeSteps {
  /** [T] what each step earned. */
  readonly rewards: ArrayLike<number>;
  /** [T] the critic's value of the state before each step. */
  readonly values: ArrayLike<number>;
  /** The critic's value of the state after the last step, where the episode was cut off. Default 0: it ended. */
  readonly lastValue?: number;
}

/** How far rewards reach back. */
export interface GaeOptions {
  /** γ, from 0 to 1: what a reward is worth one step earlier. Default 1. */
  readonly discount?: number;
  /** λ, from 0 to 1: how far rewards are trusted rather than the critic. Default 0.95. */
  readonly lambda?: number;
}

/** The advantages of an episode, and what its critic should have said. */
export interface GeneralizedAdvantages {
  /** [T] A_t, in units of the reward. */
  readonly advantages: Float64Array;
  /** [T] R_t = A_t + V(s_t), likewise. */
  readonly returns: Float64Array;
}

/**
 * Advantages and returns of the steps of an episode.
 *
 *     A_t = δ_t + γλ·A_{t+1}        δ_t = r_t + γ·V(s_{t+1}) − V(s_t)        R_t = A_t + V(s_t)
 *
 * @throws SHAPE_MISMATCH where there are not as many values as rewards; OPTION_INVALID for γ or λ outside 0 to 1
 * @source Schulman et al. 2016, eq. 16 (arXiv:1506.02438)
 * @example
 * generalizedAdvantages({ rewards: [0, 1], values: [0.5, 0.5] }, { lambda: 1 }).advantages; // [0.5, 0.5]
 */
export function generalizedAdvantages(
  { rewards, values, lastValue = 0 }: EpisodeSteps,
  options: GaeOptions = {},
): GeneralizedAdvantages {
  const { discount, lambda } = gaeSettings("generalizedAdvantages", options);
  const { length } = rewards;
  if (values.length !== length) {
    const expected = `one value for each of the ${length} rewards`;
    const got = `${values.length}`;
    throw new HoneError("SHAPE_MISMATCH", { where: "generalizedAdvantages", expected, got });
  }
  const [advantages, returns] = [new Float64Array(length), new Float64Array(length)];
  let [next, advantage] = [lastValue, 0];
  for (let t = length - 1; t >= 0; t--) {
    const value = values[t]!;
    advantage = rewards[t]! + discount * next - value + discount * lambda * advantage;
    advantages[t] = advantage;
    returns[t] = advantage + value;
    next = value;
  }
  return { advantages, returns };
}

/** γ and λ with their defaults. @throws OPTION_INVALID naming the option and its range */
export function gaeSettings(where: string, options: GaeOptions): Required<GaeOptions> {
  checkOptions(where, options, { discount: true, lambda: true });
  const { discount = 1, lambda = 0.95 } = options;
  const check = optionChecks(where);
  return { discount: check.share("discount", discount), lambda: check.share("lambda", lambda) };
}

/** Mean and scale that make numbers have mean 0 and deviation 1. */
export interface Whitening {
  readonly mean: number;
  /** 1 / √(variance + 1e-8), with n − 1 in the variance; 0 where all numbers are equal. */
  readonly scale: number;
}

/** How a batch's advantages are whitened, as OpenAI's and TRL's PPO do: (A − mean) · scale. */
export function whitening(advantages: readonly number[]): Whitening {
  // Rounding would leave 1e-17 where there is no preference, and whitening would make it large.
  if (!hasSignal(advantages)) return { mean: 0, scale: 0 };
  const mean = meanOf(advantages);
  const squares = sumOf(advantages.map((advantage) => (advantage - mean) ** 2));
  return { mean, scale: 1 / Math.sqrt(squares / (advantages.length - 1) + 1e-8) };
}
