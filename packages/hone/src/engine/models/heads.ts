/** Heads: what turns a decoder's hidden states into its output. */

/** "lm" gives log-probs of tokens; "value" one number per token, for a critic. */
export type Head = "lm" | "value";

/** The value head's one row of weights, by the name that checkpoints give it. */
export const valueHeadName = "value_head.weight";
