/** Which rows are read or scored in one run: those of one padded length, so that a row's numbers do not depend on its company. */

/** Lengths of prompts are padded to a multiple of this, and prompts of one padded length are read together. */
const PROMPT_STEP = 16;
/** The same for rows that are scored: what is padded costs more than a run does. */
const SCORE_STEP = 8;
/** Tokens of all prompts that are read in one run. */
export const TOKENS_TOGETHER = 2048;
/** Prompts longer than this, in tokens, are read alone: reading them together saves nothing. */
export const MAX_LENGTH_TOGETHER = TOKENS_TOGETHER / 8;

const roundedUp = (length: number, step: number): number => Math.ceil(length / step) * step;

/** The length that a prompt of so many tokens is read at. */
export const promptLength = (length: number): number => roundedUp(length, PROMPT_STEP);

/** The length that a row is scored at of which so many tokens are read. */
export const scoredLength = (length: number): number => roundedUp(length, SCORE_STEP);
