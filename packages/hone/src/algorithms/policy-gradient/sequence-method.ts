/** GRPO's advantages with a loss that has one ratio for a whole answer: what GSPO and GMPO have in common. */
import type { OptionNames } from "../../core/known-options.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { hasOneRatio, refuseCredit } from "./credit.ts";
import { grpoMethod } from "./grpo.ts";
import { type GrpoOptions, grpoSettings } from "./grpo-options.ts";
import { policyGradient } from "./policy-gradient.ts";
import { type ClipOptions, type PolicyOptions, policyOptionNames } from "./policy-options.ts";

/** Options of methods with a ratio for a whole answer. */
export interface SequenceOptions
  extends
    PolicyOptions,
    Pick<GrpoOptions, "advantageScale" | "deviation" | "epsilon" | "objectives"> {}

/** The names of these options, for methods that take them among their own. */
export const sequenceOptionNames: OptionNames<SequenceOptions> = {
  ...policyOptionNames,
  advantageScale: true,
  deviation: true,
  epsilon: true,
  objectives: true,
};

/** How the ratio of such a method is bounded, and its loss where that is not the one of the method's name. */
interface SequenceDefaults {
  readonly clipLow: number;
  readonly clipHigh: number;
  readonly loss?: "gspo-token";
}

/** The algorithm of such a method. Weights of tokens are those of the mean over an answer, then over answers. */
export function sequenceMethod(
  name: "gspo" | "gmpo",
  options: SequenceOptions & ClipOptions,
  defaults: SequenceDefaults,
): Algorithm {
  if (defaults.loss === undefined) refuseCredit(name, options, hasOneRatio);
  const { clipLow = defaults.clipLow, clipHigh = defaults.clipHigh } = options;
  const own = { normalization: "grpo", clipLow, clipHigh } as const;
  const settings = { ...grpoSettings({ ...options, ...own }, name), loss: defaults.loss ?? name };
  return policyGradient(grpoMethod(name, settings));
}
