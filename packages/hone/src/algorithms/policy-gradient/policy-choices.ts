/**
 * The words that options of every policy-gradient method may be, once: types, checks, flags and help are made of them. This file
 * imports nothing, so that the table of trainings can read it without loading an algorithm.
 */

/** Option → its choices. */
export const policyChoices = {
  normalization: ["dapo", "grpo", "dr_grpo", "bnpo", "sum"],
  klEstimator: ["k1", "k2", "k3"],
  klPlace: ["loss", "reward"],
  correctionLevel: ["sequence", "token"],
  correctionRule: ["mask", "truncate"],
  credit: ["identical", "discounted", "anchor-states", "turn-rewards", "agents", "hierarchical"],
  creditScale: ["std", "none"],
  creditState: ["observation", "conversation"],
} as const;

/** One of the words of an option. */
export type PolicyChoice<Option extends keyof typeof policyChoices> =
  (typeof policyChoices)[Option][number];

/** Words that are options of one method. */
export const policyMethodChoices = {
  /** Of REINFORCE. */
  baseline: ["batch", "none", "leave-one-out", "moving-average"],
  /** Of REINFORCE++. */
  plusPlusBaseline: ["none", "group"],
  /** Of PPO: what takes an advantage. */
  gaeSteps: ["tokens", "turns"],
  /** Of GSPO: what the gradient of an answer's ratio reaches. */
  importanceSampling: ["sequence", "sequence-token"],
} as const;

/** One of the words of an option of one method. */
export type MethodChoice<Option extends keyof typeof policyMethodChoices> =
  (typeof policyMethodChoices)[Option][number];
