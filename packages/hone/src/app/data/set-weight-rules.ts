/** The rules of `hone dataset sft --weighting`, for the command line: little is loaded here. */
import { rewardWeightRules } from "../../algorithms/supervised/reward-weight-choices.ts";

/** Those of `rewardWeights` whose weights are never below 0, which a row of a file cannot have. */
export const setWeightRules = rewardWeightRules.filter((rule) => rule !== "raw");

/** See `setWeightRules`. */
export type SetWeightRule = (typeof setWeightRules)[number];
