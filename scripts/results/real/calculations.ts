/**
 * Questions of one calculation, from a seed, for a model with a calculator: it writes what is to be calculated, and a tool does
 * so. Held-out questions have numbers of their own: there the first is odd, in those to learn from it is even.
 */
import type { Message } from "../../../packages/hone/src/core/message.ts";
import { Random } from "../../../packages/hone/src/core/random.ts";
import type { AnswerPair } from "../../../packages/hone/src/core/preference.ts";
import type { Reward, Task } from "../../../packages/hone/src/core/rollout.ts";

/** A question, what is to be calculated, and its result. */
export interface Calculation extends Task {
  readonly question: string;
  readonly expression: string;
  readonly result: number;
}

/** Two wordings of each operation, with what is to be calculated. */
const forms: readonly ((
  a: number,
  b: number,
) => readonly [question: string, expression: string])[] = [
  (a, b) => [`What is ${a} plus ${b}?`, `${a}+${b}`],
  (a, b) => [`Add ${b} to ${a}.`, `${a}+${b}`],
  (a, b) => [`What is ${a} minus ${b}?`, `${a}-${b}`],
  (a, b) => [`Take ${b} away from ${a}.`, `${a}-${b}`],
  (a, b) => [`What is ${a} times ${b}?`, `${a}*${b}`],
  (a, b) => [`Multiply ${a} by ${b}.`, `${a}*${b}`],
  (a, b) => [`What is ${a * b} divided by ${b}?`, `${a * b}/${b}`],
  (a, b) => [`Split ${a * b} into ${b} equal parts.`, `${a * b}/${b}`],
];

/** Different questions, as many of each wording. */
export function calculations(
  split: "train" | "heldOut",
  count: number,
  seed: number,
): Calculation[] {
  const random = new Random("calculations", split, seed);
  const questions = new Map<string, Calculation>();
  for (let tries = 0; questions.size < count; tries++) {
    if (tries > 100 * count) throw new Error(`there are no ${count} different questions`);
    const a = 2 * random.integer(6, 48) + (split === "train" ? 0 : 1);
    const form = forms[questions.size % forms.length]!;
    const [question, expression] = form(a, random.integer(3, 11));
    const result = calculate(expression)!;
    questions.set(question, { id: question, question, expression, result });
  }
  return [...questions.values()];
}

/** A question as the model is asked it: after two that are answered. */
export const askedCalculation = ({ question }: Pick<Calculation, "question">): Message[] => [
  { role: "user", content: "Multiply 4 by 7." },
  { role: "assistant", content: "4*7" },
  { role: "user", content: "What is 15 plus 2?" },
  { role: "assistant", content: "15+2" },
  { role: "user", content: question },
];

/**
 * Pairs to learn from: what is to be calculated is better than the same with another operation, or with its result behind it, which
 * the calculator does not take.
 */
export const calculationPairs = (questions: readonly Calculation[]): AnswerPair[] =>
  questions.map((question, i) => {
    const { expression, result } = question;
    const [operation] = /[-+*/]/u.exec(expression)!;
    const other = { "+": "*", "-": "+", "*": "+", "/": "*" }[operation as "+" | "-" | "*" | "/"];
    const worse = i % 2 === 0 ? expression.replace(operation, other) : `${expression} = ${result}`;
    return {
      prompt: askedCalculation(question),
      chosen: [{ role: "assistant", content: expression }],
      rejected: [{ role: "assistant", content: worse }],
    };
  });

/** The calculator: two whole numbers and what is between them; undefined for anything else. */
function calculate(expression: string): number | undefined {
  const parts = /^\s*(\d{1,6})\s*([-+*/])\s*(\d{1,6})\s*$/u.exec(expression);
  if (parts === null) return undefined;
  const [a, b] = [Number(parts[1]), Number(parts[3])];
  return { "+": a + b, "-": a - b, "*": a * b, "/": a / b }[parts[2] as "+" | "-" | "*" | "/"];
}

/** 1 for the right result, which is the success, 0.2 for another, 0 for a reply that the calculator does not take. */
export function scoreCalculation(reply: string, { result }: Pick<Calculation, "result">): Reward {
  const calculated = calculate(reply);
  const isRight = calculated === result;
  return {
    total: isRight ? 1 : calculated === undefined ? 0 : 0.2,
    components: { success: Number(isRight), calculates: Number(calculated !== undefined) },
    source: "rule",
  };
}
