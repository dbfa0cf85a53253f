/** The choices of preference methods, by name: this file loads nothing, so that help can list them. */

/** Losses of DPO; their formulas are in pair-losses.ts and sorted-losses.ts. */
export const dpoLossNames = [
  "sigmoid",
  "sigmoid_norm",
  "hinge",
  "ipo",
  "exo_pair",
  "robust",
  "discopop",
  "nca_pair",
  "bco_pair",
  "sppo_hard",
  "apo_zero",
  "apo_down",
  "aot",
  "aot_unpaired",
] as const;

/** The name of a loss of DPO. */
export type DpoLossName = (typeof dpoLossNames)[number];

/** Losses of online DPO. */
export const onlineLossNames = ["sigmoid", "sigmoid_norm", "ipo", "hinge"] as const;

/** Losses of CPO. */
export const cpoLossNames = ["sigmoid", "hinge", "ipo"] as const;

/** Divergences by which DPO holds the policy to the reference. */
export const divergenceNames = [
  "reverse_kl",
  "forward_kl",
  "js_divergence",
  "alpha_divergence",
] as const;

/** The name of a divergence. */
export type Divergence = (typeof divergenceNames)[number];

/** Losses of KTO. */
export const ktoLossNames = ["kto", "apo_zero_unpaired"] as const;
