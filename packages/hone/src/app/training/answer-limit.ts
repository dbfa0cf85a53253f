/** The length that an answer of a rollout may have. */

/** Replies of an agent that is no domain's, whose number nothing limits. */
const REPLIES = 8;

/** The most tokens that an answer of several replies is taken to have: the constant length of "dr_grpo". */
export const answerLimit = ({
  maxTokens,
  maxActions = REPLIES,
}: {
  readonly maxTokens: number;
  readonly maxActions?: number | undefined;
}): number => maxTokens * maxActions;
