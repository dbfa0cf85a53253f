/** Names that earlier versions wrote into files. */

/** What `maxActions`, the actions until an episode is cut off, was called. */
export const OLD_MAX_ACTIONS = "maxSteps";
