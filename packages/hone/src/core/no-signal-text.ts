/** What to do about steps without signal, by why no group had two different rewards. */
import { failureAdvice } from "./failure-text.ts";
import type { OptionNaming } from "./option-naming.ts";

/** Why no group of a rollout batch had two different rewards. */
export type NoSignalCause =
  | "failures"
  | "no model call"
  | "truncated answers"
  | "equal answers"
  | "equal rewards"
  | "no success";

type Advice = (option: OptionNaming, boundary: string) => string;

const noSuccess: Advice = (option) =>
  `Choose tasks that the model solves sometimes (easier ones, or supervised learning first), a larger ${option("groupSize")}, or a reward with partial credit; and check that the reward tells a good answer from a bad one.`;

/** What to do where rollouts do not call the model that is trained. */
export const callAdvice =
  "Let the agent call the `model` that it is given: only what that model says can be learned. A program must call the address in the environment variable OPENAI_BASE_URL, which is another for each rollout, and hold none of its own.";

const advices: Readonly<Record<NoSignalCause, Advice>> = {
  failures: (option, boundary) => failureAdvice(boundary, option),
  "no model call": () => callAdvice,
  "truncated answers": (option) =>
    `Let answers be longer (a higher ${option("maxTokens")}), or leave out ${option("maskTruncated")}.`,
  "equal answers": (option) =>
    `Sample more differently: a higher ${option("temperature")} or a larger ${option("groupSize")}.`,
  "equal rewards": () =>
    "Give harder tasks, which the model does not solve every time, and check that the reward tells a good answer from a bad one.",
  "no success": noSuccess,
};

/** The advice that fits the cause. @param facts  of NO_LEARNING_SIGNAL */
export const signalAdvice = (
  { cause, boundary }: { readonly cause: string; readonly boundary: string },
  option: OptionNaming,
): string =>
  (Object.hasOwn(advices, cause) ? advices[cause as NoSignalCause] : noSuccess)(option, boundary);
