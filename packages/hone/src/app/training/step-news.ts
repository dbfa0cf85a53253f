/** What the warnings of a step mean, in a sentence for each code. A run prints each sentence once, then numbers only. */
import type { TrainStep } from "../../core/train-step.ts";

/** The sentence of each code. Codes of failed rollouts have their own warning, with the error's words. */
const sentences: Readonly<Record<string, (count: number, step: TrainStep) => string>> = {
  GROUPS_WITHOUT_SIGNAL: (count, step) =>
    `in ${count} of ${step.metrics["groups"] ?? "the"} groups ${withoutSignal(step) ?? "all answers had the same reward"}, so nothing was learned from them`,
  STEP_WITHOUT_SIGNAL: (_, step) =>
    `step ${step.step} changed nothing: ${withoutSignal(step) ?? "no group had two different rewards"}`,
  ROLLOUTS_WITHOUT_CALL: (count, { rollouts = [] }) =>
    `${count} of ${rollouts.length} rollouts did not call the model that is trained (a program's is at OPENAI_BASE_URL), so nothing was learned from them`,
  ROLLOUTS_UNPAIRED: (count) =>
    `${count} rollouts are not one row of tokens (no call of the model, or earlier turns were rewritten), so no pair was made of them`,
  ANSWERS_CUT: (count) =>
    `${count} answers behind the prompts of others, which measure how far the model has moved, do not fit its context and were cut`,
  ROWS_SPLIT: (count) =>
    `${count} turns did not continue the tokens of the turn before, so their rollouts were learned as several rows`,
  ROWS_TRUNCATED: (count) =>
    `${count} rows were sampled with topK, topP or minP, or by a schema, and the client does not know which tokens were left, so their ratios compare unlike distributions`,
  GROUPS_MISSING: (count) =>
    `${count} groups fewer than asked for had two different rewards after the last draw of the step, so it learned from the rest`,
  CREDIT_MISSING: (count) =>
    `${count} rollouts lack what the credit rule reads (rewards of their turns or of the agents of these, agents, a turn of the coordinator), so such turns share one advantage`,
  TOKENS_MASKED: (count) =>
    `${count} tokens were left out, as the log-probs of sampler and trainer differ by more than the correction allows`,
  ANSWERS_ALL_TRUNCATED: (count) =>
    `all ${count} answers were cut off at the token limit, and truncated answers are masked, so nothing was learned from them`,
  WEIGHTS_LAG: (count) => `rollouts were sampled by weights that are ${count} snapshots old`,
  CRITIC_REPLIES_UNUSABLE: (count) =>
    `${count} replies of the critic held no prompt, also where it was asked once more`,
  PROMPT_EDITS_REFUSED: (count) =>
    `${count} new wordings lost or invented a placeholder, were empty or too long, and were refused`,
  PROMPT_EDITS_REPEATED: (count) => `${count} new wordings were there before`,
  PROMPT_CANDIDATES_UNMEASURED: (count) =>
    `${count} new prompts were not measured, since the budget of rollouts does not suffice`,
  MINIBATCHES_PERFECT: (count) =>
    `in ${count} minibatches every rollout got the most that there is, so the critic was not asked`,
  ROWS_WITHOUT_TARGETS: (count) =>
    `${count} rows of the batch have no token to learn from and were left out`,
  REWARDS_EQUAL: (count) =>
    `all ${count} rewards that are learned from count the same, so this is plain supervised learning`,
  EPISODES_LEFT_OUT: (count) => `${count} episodes did not do their task and are left out`,
  ROWS_WITHOUT_WEIGHT: (count) => `${count} episodes have weight 0 and are left out`,
};

/** Why a group taught nothing in a method that does not compare rewards within groups; undefined in those that do. */
function withoutSignal({ metrics }: TrainStep): string | undefined {
  if ("chosen" in metrics) return "no answer was chosen";
  return "pairs" in metrics ? "no two answers made a pair" : undefined;
}

const ownWarning = "ROLLOUTS_FAILED";

/** Codes that have a column in the table of steps, with its title. */
const columns: Readonly<Record<string, string>> = { GROUPS_WITHOUT_SIGNAL: "no signal" };

/** What a warning of a step means; undefined for failed rollouts, which are said with their errors. */
export function warningText(code: string, count: number, step: TrainStep): string | undefined {
  if (code === ownWarning) return undefined;
  return sentences[code]?.(count, step) ?? `${count} in step ${step.step}`;
}

/** The warnings of a step with their sentences; a step without signal is not also told that its groups have none. */
export function stepNews(step: TrainStep): { readonly code: string; readonly text: string }[] {
  const { warnings = {} } = step;
  return Object.entries(warnings)
    .filter(([code]) => code !== "GROUPS_WITHOUT_SIGNAL" || !("STEP_WITHOUT_SIGNAL" in warnings))
    .flatMap(([code, count]) => {
      const text = count > 0 ? warningText(code, count, step) : undefined;
      const column = columns[code] === undefined ? "" : ` (column "${columns[code]}")`;
      return text === undefined ? [] : [{ code, text: text + column }];
    });
}
