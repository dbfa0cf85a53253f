/** Which rows are read or scored in one run: those of one padded length, so that a row's numbers do not depend on its company. */

/** Lengths are padded to a multiple of this, and prompts of one padded length are read together. */
const LENGTH_STEP = 16;
/** Tokens of all prompts that are read in one run. */
export const TOKENS_TOGETHER = 2048;
/** Prompts longer than this, in tokens, are read alone: reading them together saves nothing. */
export const MAX_LENGTH_TOGETHER = TOKENS_TOGETHER / 8;

/** The length that rows of so many tokens are read at. */
export const paddedLength = (length: number): number =>
  Math.ceil(length / LENGTH_STEP) * LENGTH_STEP;
