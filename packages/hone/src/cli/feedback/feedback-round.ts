/** One question after the other, each answer kept before the next is asked, so that nothing is lost whenever it ends. */
import { HoneError } from "../../core/errors.ts";
import type { AnswerLines } from "./answer-lines.ts";
import { shownLine } from "../terminal/shown-text.ts";
import type { Terminal } from "../terminal/terminal.ts";

export interface Round<T> {
  readonly questions: AsyncIterator<T>;
  /** Questions at most. */
  readonly limit: number | undefined;
  readonly show: (question: T) => void;
  /** What may be answered, in words. */
  readonly expected: string;
  /** Each goes back by one question. */
  readonly backWords: readonly string[];
  /** Keeps what the word means, with the reason behind it; false where it means nothing. */
  readonly keep: (question: T, word: string, reason: string | undefined) => Promise<boolean>;
}

export interface RoundResult {
  /** Questions answered. */
  readonly answered: number;
  readonly skipped: number;
  /** No question was left. */
  readonly isDone: boolean;
}

/**
 * Asks until nothing is left, the limit, "q", the end of the input or Ctrl-C; "s" skips. On a terminal the
 * first question says how to answer.
 * @throws FEEDBACK_ANSWER_INVALID for a line of a pipe that means nothing; what was answered before is kept
 */
export async function askRound<T>(
  round: Round<T>,
  answers: AnswerLines,
  terminal: Terminal,
): Promise<RoundResult> {
  const asked: T[] = [];
  const replies = new Map<number, "answered" | "skipped">();
  const result = (isDone: boolean): RoundResult => {
    const kinds = [...replies.values()];
    const answered = kinds.filter((kind) => kind === "answered").length;
    return { answered, skipped: kinds.length - answered, isDone };
  };
  let isToldHow = false;
  for (let at = 0; ;) {
    if (at === asked.length) {
      if (at === round.limit) return result(false);
      const next = await round.questions.next();
      if (next.done === true) return result(true);
      asked.push(next.value);
    }
    const question = asked[at]!;
    round.show(question);
    if (!isToldHow && answers.isTerminal) terminal.say(terminal.style("dim", round.expected));
    isToldHow = true;
    const reply = await replyTo(question, round, answers, terminal);
    if (reply === "quit") return result(false);
    if (reply === "back") at = Math.max(0, at - 1);
    else if (reply === "skipped" && replies.has(at)) at++;
    else replies.set(at++, reply);
  }
}

async function replyTo<T>(
  question: T,
  { expected, backWords, keep }: Round<T>,
  answers: AnswerLines,
  terminal: Terminal,
): Promise<"answered" | "skipped" | "back" | "quit"> {
  for (;;) {
    const line = await answers.next(terminal.style("bold", "> "));
    const [, word = "", reason] = /^(\S*)\s*([^]*)$/.exec(line?.trim() ?? "") ?? [];
    if (line === undefined || word === "q") return "quit";
    if (word === "s") return "skipped";
    if (backWords.includes(word)) return "back";
    if (await keep(question, word, reason === "" ? undefined : reason)) return "answered";
    if (!answers.isTerminal) {
      const got = shownLine(line).slice(0, 80);
      throw new HoneError("FEEDBACK_ANSWER_INVALID", { line: answers.line, got, expected });
    }
    terminal.say(expected);
  }
}
