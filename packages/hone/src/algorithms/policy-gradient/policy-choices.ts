/**
 * The words that options of every policy-gradient method may be, once: types, checks, flags and help are made of them. This file
 * imports nothing, so that the table of trainings can read it without loading an algorithm.
 */

/** Option → its choices. */
export const policyChoices = {
  normalization: ["dapo", "grpo", "dr_grpo", "bnpo"],
  klEstimator: ["k1", "k2", "k3"],
} as const;

/** One of the words of an option. */
export type PolicyChoice<Option extends keyof typeof policyChoices> =
  (typeof policyChoices)[Option][number];
