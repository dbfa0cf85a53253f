/** GRPO's options, their defaults, and the check of both. */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { type GrpoChoice, grpoChoices } from "./grpo-choices.ts";
import { checkObjectives, type Objectives } from "./objectives.ts";
import { type FamilySettings, familySettings } from "./family-settings.ts";
import {
  type ClipOptions,
  clipOptionNames,
  type PolicyOptions,
  policyOptionNames,
  type TokenWeightOptions,
  tokenWeightOptionNames,
} from "./policy-options.ts";

/** Options of `grpo`. */
export interface GrpoOptions extends PolicyOptions, TokenWeightOptions, ClipOptions {
  /** Answers per task, at least 2. Default 8. */
  readonly groupSize?: number;
  /** "std" divides centred rewards by the group's deviation (the paper); "none" only centres (Dr. GRPO). Default "std". */
  readonly advantageScale?: GrpoChoice<"advantageScale">;
  /** Form of that deviation: divided by n, or by n − 1 as TRL does. Default "population". */
  readonly deviation?: GrpoChoice<"deviation">;
  /** Added to the deviation. Default 1e-6; TRL has 1e-4. */
  readonly epsilon?: number;
  /** The loss of the training client. Default "ppo". */
  readonly loss?: GrpoChoice<"loss">;
  /**
   * Parts of the reward by name, each with its weight: every part is normalised in its group before they are summed
   * (GDPO, `objectiveAdvantages`). Default: the reward's total is.
   */
  readonly objectives?: Objectives;
}

/** The options with every default in place. */
export interface GrpoSettings extends FamilySettings {
  readonly advantageScale: GrpoChoice<"advantageScale">;
  readonly deviation: GrpoChoice<"deviation">;
  readonly epsilon: number;
  readonly objectives?: Objectives;
}

const optionNames: OptionNames<GrpoOptions> = {
  ...policyOptionNames,
  ...tokenWeightOptionNames,
  ...clipOptionNames,
  advantageScale: true,
  deviation: true,
  epsilon: true,
  loss: true,
  objectives: true,
};

/**
 * The options with their defaults.
 * @param method  the name of the algorithm whose options they are. Default "grpo"
 * @throws OPTION_INVALID naming the option, before anything is computed
 */
export function grpoSettings(options: GrpoOptions, method = "grpo"): GrpoSettings {
  checkOptions(method, options, optionNames);
  const own = {
    advantageScale: options.advantageScale ?? "std",
    deviation: options.deviation ?? "population",
    epsilon: options.epsilon ?? 1e-6,
  } as const;
  const loss = options.loss ?? "ppo";
  const check = optionChecks(method);
  for (const [name, choices] of Object.entries(grpoChoices))
    check.oneOf(name, { ...own, loss }[name as keyof typeof grpoChoices], choices);
  check.number("epsilon", own.epsilon, { min: 0 });
  const defaults = { normalization: "dapo", loss, minGroupSize: 2 } as const;
  const settings = { ...familySettings(method, options, defaults), ...own };
  if (settings.dualClip !== undefined && loss !== "ppo")
    throw check.invalid("dualClip", settings.dualClip, `undefined with the loss "${loss}"`);
  const { objectives } = options;
  if (objectives === undefined) return settings;
  checkObjectives(method, objectives, settings);
  return { ...settings, objectives };
}
