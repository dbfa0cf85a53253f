/** The rules by which rewards become weights, as a list of words that help and settings show. */
export const rewardWeightRules = [
  "standardized",
  "awr",
  "rwr",
  "normalized",
  "raw",
  "positive",
] as const;

/** See `rewardWeights`. */
export type RewardWeightRule = (typeof rewardWeightRules)[number];
