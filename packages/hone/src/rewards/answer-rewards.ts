/** Rewards that compare an answer with the task's own `answer`, by the names that `hone train --reward` takes. */
import { shownValue } from "../core/shown-value.ts";
import type { Task } from "../core/rollout.ts";
import type { RewardFunction } from "../ports/reward.ts";

/** A task that holds its right answer. */
export interface AnsweredTask extends Task {
  /** The right answer: a text, or a number. */
  readonly answer: string | number;
}

/** A number as people write it: 1,234.5, -3, 2e6. */
const numeral =
  /[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?|[-+]?\.\d+(?:e[-+]?\d+)?/gi;

/**
 * The last number in a text; undefined where it has none.
 * @example lastNumber("So it costs $1,250."); // 1250
 */
export function lastNumber(text: string): number | undefined {
  const found = text.match(numeral)?.at(-1);
  return found === undefined ? undefined : Number(found.replaceAll(",", ""));
}

/** Differences below this share of the right number are rounding. */
const tolerance = 1e-6;

/**
 * 1 where the answer is the task's own answer, without white space around both, else 0. Letters must be the same in size, too.
 * @example exactAnswer({ answer: "Oslo ", task: { id: "1", answer: "Oslo" } }); // 1
 */
export const exactAnswer: RewardFunction<AnsweredTask> = ({ answer, task }) =>
  textOf(answer).trim() === textOf(task.answer).trim() ? 1 : 0;

/**
 * 1 where the last number in the answer is the last one in the task's own answer, to a millionth of it, else 0.
 * @example numericAnswer({ answer: "It is 1,250.", task: { id: "1", answer: 1250 } }); // 1
 */
export const numericAnswer: RewardFunction<AnsweredTask> = ({ answer, task }) => {
  const [given, right] = [lastNumber(textOf(answer)), lastNumber(textOf(task.answer))];
  if (given === undefined || right === undefined) return 0;
  return Math.abs(given - right) <= tolerance * Math.max(1, Math.abs(right)) ? 1 : 0;
};

const textOf = (value: unknown): string => (typeof value === "string" ? value : String(value));

/** What is wrong with a task's answer for a reward; undefined where nothing is. */
type AnswerProblem = (answer: unknown) => string | undefined;

const anyAnswer: AnswerProblem = (answer) =>
  typeof answer === "string" || (typeof answer === "number" && Number.isFinite(answer))
    ? undefined
    : `expected a text or a number, got ${answer === undefined ? "nothing" : shownValue(answer)}`;

const numberAnswer: AnswerProblem = (answer) =>
  anyAnswer(answer) ??
  (lastNumber(String(answer)) === undefined
    ? `expected a number, got ${shownValue(answer)}`
    : undefined);

/** A reward by name, and what it needs of a task. */
export interface NamedReward {
  readonly reward: RewardFunction<AnsweredTask>;
  readonly problemOf: AnswerProblem;
}

/** Rewards by name. */
export const answerRewards = {
  exact: { reward: exactAnswer, problemOf: anyAnswer },
  numeric: { reward: numericAnswer, problemOf: numberAnswer },
} as const satisfies Readonly<Record<string, NamedReward>>;

/** A name of a reward. */
export type AnswerRewardName = keyof typeof answerRewards;

/** All names of rewards. */
export const answerRewardNames = Object.keys(answerRewards) as readonly AnswerRewardName[];
