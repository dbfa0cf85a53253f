/** Why no group of a rollout batch had two different rewards. */
import type { ErrorFacts } from "../../core/errors.ts";
import { failureText } from "../../core/failure-text.ts";
import type { NoSignalCause } from "../../core/no-signal-text.ts";
import { mostCommonFailure } from "../../core/rollout-failures.ts";
import type { ScoredBatch } from "./scored-answers.ts";
import { isTruncated } from "./truncated-answers.ts";

type NoSignal = Pick<
  ErrorFacts<"NO_LEARNING_SIGNAL">,
  "cause" | "observed" | "failed" | "boundary"
>;

/**
 * The cause as NO_LEARNING_SIGNAL tells it, for a batch of which no group has signal.
 * @param masks  whether truncated answers are masked. Default: they are not
 */
export function noSignalCause(
  batch: ScoredBatch,
  masks: { readonly maskTruncated?: true } = {},
): NoSignal {
  const { answers, failed } = batch;
  const cause = causeOf(batch, masks.maskTruncated === true);
  const failure = mostCommonFailure(failed);
  if (cause !== "failures" || failure === undefined) {
    return { cause, observed: observations[cause], failed: failed.length };
  }
  const { boundary } = failure;
  const count = answers.length + failed.length;
  const observed = `In the last step ${failed.length} of ${count} rollouts failed, most of them ${failureText(failure)}`;
  return { cause, observed, failed: failed.length, boundary };
}

const observations: Readonly<Record<NoSignalCause, string>> = {
  failures: "Most rollouts of the last step failed.",
  "truncated answers":
    "In the last step every answer was cut off at the token limit, and truncated answers are masked.",
  "no model call": "No rollout of the last step called the model.",
  "equal answers": "In the last step all answers to a task were the same.",
  "equal rewards":
    "In the last step answers differed, yet all of a group had the same reward, and all were successes.",
  "no success": "In the last step answers differed, yet all of a group had the same reward.",
};

function causeOf({ answers, failed }: ScoredBatch, masksTruncated: boolean): NoSignalCause {
  if (failed.length >= answers.length) return "failures";
  if (answers.every(({ rollout }) => rollout.turns.length === 0)) return "no model call";
  if (masksTruncated && answers.every(isTruncated)) return "truncated answers";
  if (hasEqualAnswers(answers)) return "equal answers";
  return answers.every(({ rollout }) => rollout.isSuccess) ? "equal rewards" : "no success";
}

/** Whether all answers to a task have the same sampled tokens. */
function hasEqualAnswers(answers: ScoredBatch["answers"]): boolean {
  const byTask = new Map<string, Set<string>>();
  for (const { rollout } of answers) {
    const said = byTask.get(rollout.task.id) ?? new Set();
    byTask.set(
      rollout.task.id,
      said.add(JSON.stringify(rollout.turns.map(({ tokens }) => tokens))),
    );
  }
  return [...byTask.values()].every((said) => said.size === 1);
}
