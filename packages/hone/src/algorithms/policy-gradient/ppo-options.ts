/** PPO's options, their defaults, and the check of both. */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { type AdaptiveKl, adaptiveKlSettings } from "./adaptive-kl.ts";
import { refuseCredit } from "./credit.ts";
import { type GaeOptions, gaeSettings } from "./gae.ts";
import { type MethodChoice, policyMethodChoices } from "./policy-choices.ts";
import { type FamilySettings, familySettings } from "./family-settings.ts";
import {
  type ClipOptions,
  clipOptionNames,
  type PolicyOptions,
  policyOptionNames,
  type TokenWeightOptions,
  tokenWeightOptionNames,
} from "./policy-options.ts";

/** Options of `ppo`. */
export interface PpoOptions extends PolicyOptions, TokenWeightOptions, ClipOptions, GaeOptions {
  /** What takes an advantage: each token, or each turn as a whole, for agents of many turns. Default "tokens". */
  readonly gaeSteps?: MethodChoice<"gaeSteps">;
  /** Whether the critic's value counts behind an answer that the token limit cut off. Default false: the episode ended there. */
  readonly bootstrap?: boolean;
  /** Whether advantages of a batch get mean 0 and deviation 1; "group": the sampled tokens of all answers to a task get mean 0. Default true. */
  readonly whiten?: boolean | "group";
  /** The critic's learning rate, with the policy's schedule. Default: the policy's. */
  readonly criticLearningRate?: number;
  /** How far a value may move from what it was when the batch was sampled, above 0. Default 0.2; false: without limit. */
  readonly valueClip?: number | false;
  /** Makes the KL coefficient follow a distance. Only with KL in the reward, where `kl.coefficient` is the first one. Default: it stays. */
  readonly adaptiveKl?: AdaptiveKl;
  /**
   * No further update is made on a batch once the policy has moved farther than this since it sampled the batch: mean KL per token
   * (`kl_old`), in nats, above 0. Default: no such limit.
   */
  readonly maxKl?: number;
}

/** What only PPO reads, with every default in place. */
export interface PpoSettings extends Required<GaeOptions> {
  readonly gaeSteps: MethodChoice<"gaeSteps">;
  readonly bootstrap: boolean;
  readonly whiten: boolean | "group";
  readonly criticLearningRate: number;
  readonly valueClip: number | false;
  readonly adaptiveKl?: Required<AdaptiveKl>;
}

const optionNames: OptionNames<PpoOptions> = {
  ...policyOptionNames,
  ...tokenWeightOptionNames,
  ...clipOptionNames,
  discount: true,
  lambda: true,
  gaeSteps: true,
  bootstrap: true,
  whiten: true,
  criticLearningRate: true,
  valueClip: true,
  adaptiveKl: { target: true, rate: true },
  maxKl: true,
};

/**
 * The options with their defaults: those of the family, and PPO's own.
 * @throws OPTION_INVALID naming the option and its range, before anything is computed
 */
export function ppoSettings(options: PpoOptions): {
  readonly settings: FamilySettings;
  readonly own: PpoSettings;
} {
  checkOptions("ppo", options, optionNames);
  const check = optionChecks("ppo");
  const { epochsPerBatch = 4, maxKl, discount, lambda, adaptiveKl } = options;
  const family = familySettings(
    "ppo",
    { ...options, epochsPerBatch },
    {
      normalization: "dapo",
      loss: "ppo",
      minGroupSize: 1,
      kl: { estimator: "k1", place: "reward" },
    },
  );
  refuseCredit("ppo", options, "the critic decides which turns are credited; see gaeSteps");
  if (maxKl !== undefined) check.number("maxKl", maxKl, { above: 0 });
  const { gaeSteps = "tokens", bootstrap = false, whiten = true, valueClip = 0.2 } = options;
  const { criticLearningRate = options.learningRate } = options;
  check.oneOf("gaeSteps", gaeSteps, policyMethodChoices.gaeSteps);
  check.flag("bootstrap", bootstrap);
  if (whiten !== true && whiten !== false && whiten !== "group")
    throw check.invalid("whiten", whiten, 'true, false or "group"');
  if (whiten === "group" && options.groupSize === 1)
    throw check.invalid(
      "whiten",
      whiten,
      "true or false with a groupSize of 1, of which nothing would be left",
    );
  check.number("criticLearningRate", criticLearningRate, { min: 0 });
  if (valueClip !== false) check.number("valueClip", valueClip, { above: 0 });
  const reach = {
    ...(discount !== undefined && { discount }),
    ...(lambda !== undefined && { lambda }),
  };
  const own = {
    ...gaeSettings("ppo", reach),
    gaeSteps,
    bootstrap,
    whiten,
    criticLearningRate,
    valueClip,
    ...(adaptiveKl !== undefined && { adaptiveKl: adaptiveKlSettings("ppo", adaptiveKl) }),
  };
  if (adaptiveKl !== undefined && !(family.kl.coefficient > 0 && family.kl.place === "reward")) {
    const expected = "undefined, or beside a kl.coefficient above 0 that is paid in the reward";
    throw check.invalid("adaptiveKl", adaptiveKl, expected);
  }
  return { settings: { ...family, ...(maxKl !== undefined && { maxKl }) }, own };
}
