/**
 * DAPO: GRPO with a higher upper clip, every token of the batch weighing the same, groups without signal replaced, and a length that
 * costs something before it is cut.
 *
 *     C = − 1/Σ|o| Σ_i Σ_t min( ρ_t·A_i , clip(ρ_t, 0.8, 1.28)·A_i )        A_i = (r'_i − mean_g r') / std_g r'
 *     r' = r + penalty · max(−1, min(0, (limit − buffer − |o|) / buffer))      only where `overlong` is given
 *
 * Whether a group has signal is decided by r, without the length's price. A step asks for further groups until it has
 * `groupsPerStep` with signal, at most `maxDraws` times; those missing then are counted and warned of (GROUPS_MISSING), and those
 * replaced are counted as groups_without_signal. The paper has no KL term, nor have the defaults.
 * Yu et al. 2025 §3.1–3.4, eqs. 8, 13 (arXiv:2503.14476); the loss checked against TRL's loss_type "dapo".
 */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { groupAdvantages } from "../blocks/advantages.ts";
import { type GrpoOptions, grpoSettings } from "./grpo-options.ts";
import { policyGradient } from "./policy-gradient.ts";
import {
  type ClipOptions,
  clipOptionNames,
  type PolicyOptions,
  policyOptionNames,
} from "./policy-options.ts";
import { groupNames, scoreOf } from "./scored-answers.ts";

/** The price of long answers. */
export interface Overlong {
  /** The most tokens of an answer; one as long pays the whole penalty. */
  readonly limit: number;
  /** How many tokens before the limit the price begins. */
  readonly buffer: number;
  /** What is subtracted from the reward at the limit. Default 1. */
  readonly penalty?: number;
}

/** Options of `dapo`. */
export interface DapoOptions
  extends PolicyOptions, ClipOptions, Pick<GrpoOptions, "deviation" | "epsilon"> {
  /** How often a step samples at most until it has enough groups with signal; 1 never samples again. Default 4. */
  readonly maxDraws?: number;
  /** The price of long answers. Default: none. */
  readonly overlong?: Overlong;
}

const optionNames: OptionNames<DapoOptions> = {
  ...policyOptionNames,
  ...clipOptionNames,
  deviation: true,
  epsilon: true,
  maxDraws: true,
  overlong: { limit: true, buffer: true, penalty: true },
};

/**
 * Decoupled clip and dynamic sampling policy optimization. Defaults: clipHigh 1.28, maxDraws 4.
 * @throws OPTION_INVALID at once; while it runs as `grpo`
 * @example dapo({ steps: 60, learningRate: 1e-3, overlong: { limit: 512, buffer: 128 } })
 */
export function dapo(options: DapoOptions): Algorithm {
  checkOptions("dapo", options, optionNames);
  const { maxDraws = 4, overlong, clipHigh = 1.28, ...shared } = options;
  optionChecks("dapo").whole("maxDraws", maxDraws, { min: 1 });
  if (overlong !== undefined) checkOverlong(overlong);
  const settings = { ...grpoSettings({ ...shared, clipHigh }, "dapo"), maxDraws };
  return policyGradient({
    name: "dapo",
    settings,
    ...(overlong === undefined ? {} : { own: { overlong } }),
    advantages: (batch) => {
      const { deviation, epsilon } = settings;
      const scores = batch.answers.map(
        (answer) =>
          scoreOf(answer) + (overlong === undefined ? 0 : lengthReward(answer.length, overlong)),
      );
      return { advantages: groupAdvantages(scores, groupNames(batch), { deviation, epsilon }) };
    },
  });
}

function checkOverlong({ limit, buffer, penalty = 1 }: Overlong): void {
  const check = optionChecks("dapo");
  check.whole("overlong.limit", limit, { min: 1 });
  check.number("overlong.buffer", buffer, { above: 0, max: limit });
  check.number("overlong.penalty", penalty, { above: 0 });
}

/**
 * What an answer's length adds to its reward: 0 up to limit − buffer tokens, −penalty from the limit on, a line between.
 * @example lengthReward(448, { limit: 512, buffer: 128 }); // -0.5
 */
export function lengthReward(length: number, { limit, buffer, penalty = 1 }: Overlong): number {
  return penalty * Math.max(-1, Math.min(0, (limit - buffer - length) / buffer));
}
