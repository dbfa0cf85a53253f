/** What makes preferences unusable: one set of rules for files and for programs. */
import type { Message } from "./message.ts";
import type { AnswerPair, RatedAnswer } from "./preference.ts";

/**
 * What is wrong with a pair's messages, if anything: no prompt, an answer without the assistant's words, equal answers.
 * @example problemOfPair({ prompt, chosen: answer, rejected: answer }); // "its two answers are the same"
 */
export function problemOfPair({ prompt, chosen, rejected }: AnswerPair): string | undefined {
  if (saysNothing(prompt)) return "it has no prompt";
  for (const [side, answer] of Object.entries({ chosen, rejected })) {
    const problem = problemOfAnswer(answer);
    if (problem !== undefined) return `its ${side} answer ${problem}`;
  }
  const equal = JSON.stringify(chosen.map(said)) === JSON.stringify(rejected.map(said));
  return equal ? "its two answers are the same" : undefined;
}

/** What is wrong with a rated answer's messages, if anything. */
export function problemOfRated({ prompt, answer }: RatedAnswer): string | undefined {
  if (saysNothing(prompt)) return "it has no prompt";
  const problem = problemOfAnswer(answer);
  return problem === undefined ? undefined : `its answer ${problem}`;
}

function problemOfAnswer(answer: readonly Message[]): string | undefined {
  const own = answer.filter(({ role, weight }) => role === "assistant" && weight !== 0);
  if (own.length === 0) return "has no message of the assistant to learn";
  const isEmpty = own.every(
    ({ content, toolCalls = [], reasoning = "" }) =>
      content.trim() === "" && toolCalls.length === 0 && reasoning.trim() === "",
  );
  return isEmpty ? "is empty" : undefined;
}

/** A message without how its file wrote it, which tells no two answers apart. */
const said = ({ written: _, ...message }: Message): Message => message;

const saysNothing = (prompt: readonly Message[]): boolean =>
  prompt.every(
    ({ content, images = [], toolCalls = [] }) =>
      content.trim() === "" && images.length === 0 && toolCalls.length === 0,
  );
