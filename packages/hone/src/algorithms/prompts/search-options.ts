/** The options that all prompt methods share, their defaults, and the check of both. */
import type { OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";

/** What a search may use. It ends before it would use more, and what it has found by then is its result. */
export interface PromptBudget {
  /** Rollouts on training and validation tasks. Default: no limit. */
  readonly rollouts?: number;
  /** Calls of the critic. Default: no limit. */
  readonly criticCalls?: number;
  /** Tokens of the critic's questions and replies. Calls made side by side may exceed it by what they use. Default: no limit. */
  readonly criticTokens?: number;
}

/** Options of every prompt method. */
export interface PromptSearchOptions {
  /** Tasks whose rollouts the critic is shown at a time. */
  readonly minibatchSize?: number;
  /** Training tasks that candidates are compared on, and that the critic never sees. Default: half of them, at most 16. */
  readonly validationSize?: number;
  /** Tries of each task. More than 1 says more only where rollouts are sampled. Default 1. */
  readonly samplesPerTask?: number;
  /** The reward that a failed rollout counts as. Default 0. */
  readonly failedReward?: number;
  /** The most that a rollout can get. A minibatch in which every rollout got it is not shown to the critic. Default: not known. */
  readonly perfectReward?: number;
  /** The longest prompt, in characters; a longer one is refused and counted. Default 8,000. */
  readonly maxPromptLength?: number;
  /** Characters of one rollout that the critic is shown; of a longer one the middle is left out. Default 4,000. */
  readonly maxExampleLength?: number;
  /** Calls of the critic at a time. Default 4. */
  readonly criticConcurrency?: number;
  /** What the search may use. Default: no limits. */
  readonly budget?: PromptBudget;
}

/** The options with every default in place but that of `validationSize`, which depends on how many tasks there are. */
export interface SearchSettings extends Required<
  Omit<PromptSearchOptions, "validationSize" | "perfectReward">
> {
  readonly validationSize: number | undefined;
  readonly perfectReward: number | undefined;
}

/** The names of the options of `PromptSearchOptions`. */
export const searchOptionNames: OptionNames<PromptSearchOptions> = {
  minibatchSize: true,
  validationSize: true,
  samplesPerTask: true,
  failedReward: true,
  perfectReward: true,
  maxPromptLength: true,
  maxExampleLength: true,
  criticConcurrency: true,
  budget: { rollouts: true, criticCalls: true, criticTokens: true },
};

/**
 * The options with their defaults.
 * @param where    the method, for errors
 * @param byDefault  the defaults that methods have of their own
 * @throws OPTION_INVALID naming the option and its range, before anything is run
 */
export function searchSettings(
  where: string,
  options: PromptSearchOptions,
  byDefault: { readonly minibatchSize: number },
): SearchSettings {
  const {
    minibatchSize = byDefault.minibatchSize,
    validationSize,
    samplesPerTask = 1,
    failedReward = 0,
    perfectReward,
    maxPromptLength = 8000,
    maxExampleLength = 4000,
    criticConcurrency = 4,
    budget = {},
  } = options;
  const check = optionChecks(where);
  const whole = {
    minibatchSize,
    samplesPerTask,
    maxPromptLength,
    criticConcurrency,
    ...(validationSize !== undefined && { validationSize }),
  };
  for (const [name, value] of Object.entries(whole)) check.whole(name, value, { min: 1 });
  check.whole("maxExampleLength", maxExampleLength, { min: 100 });
  check.number("failedReward", failedReward);
  if (perfectReward !== undefined) check.number("perfectReward", perfectReward);
  for (const [name, value] of Object.entries(budget))
    if (value !== undefined) check.whole(`budget.${name}`, value, { min: 1 });
  return {
    minibatchSize,
    validationSize,
    samplesPerTask,
    failedReward,
    perfectReward,
    maxPromptLength,
    maxExampleLength,
    criticConcurrency,
    budget,
  };
}

/** The settings as plain JSON, as a run records them. */
export function recordedSettings(
  settings: SearchSettings,
  own: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  // How many calls run side by side changes no result.
  const { criticConcurrency: _, ...decisive } = settings;
  return { ...own, ...decisive };
}
