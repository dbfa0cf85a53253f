/** Names that earlier versions wrote into files. */

/** What `maxActions`, the actions until an episode is cut off, was called. */
export const OLD_MAX_ACTIONS = "maxSteps";

/** The longest reply of `hone run math`, in tokens, when it was no setting. */
export const OLD_MATH_TOKENS = 12;
