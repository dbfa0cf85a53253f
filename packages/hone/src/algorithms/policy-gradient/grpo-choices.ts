/**
 * The words that GRPO's options may be, once: types, checks, flags and help are made of them. This file imports nothing, so that
 * the table of trainings can read it without loading an algorithm.
 */

/** Option of `grpo` → its choices, the default first. */
export const grpoChoices = {
  advantageScale: ["std", "none"],
  deviation: ["population", "sample"],
  loss: ["ppo", "importance_sampling", "cispo"],
} as const;

/** One of the words of an option. */
export type GrpoChoice<Option extends keyof typeof grpoChoices> =
  (typeof grpoChoices)[Option][number];
