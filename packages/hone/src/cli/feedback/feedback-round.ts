/** Questions asked one after the other. Each answer is stored before the next question, so that an end at any moment loses none. */
import { HoneError } from "../../core/errors.ts";
import type { FeedbackDesk } from "../../app/feedback/feedback-desk.ts";
import type { Invocation } from "../command.ts";
import type { TraceFlags } from "../traces/filter-options.ts";
import { storeAt } from "../traces/store-options.ts";
import { AnswerLines } from "./answer-lines.ts";
import { authorOf } from "./feedback-options.ts";
import { shownLine } from "../terminal/shown-text.ts";
import type { Terminal } from "../terminal/terminal.ts";

export interface Round<T> {
  readonly questions: AsyncIterator<T>;
  readonly show: (question: T) => void;
  /** What may be answered, in words. */
  readonly expected: string;
  /** Answers that go back by one question. */
  readonly backWords: readonly string[];
  /** Stores what the word means, with the reason behind it. Returns false for a word that means nothing. */
  readonly keep: (question: T, word: string, reason: string | undefined) => Promise<boolean>;
}

export interface RoundResult {
  /** Number of questions answered. */
  readonly answered: number;
  readonly skipped: number;
  /** Whether every question was asked. */
  readonly isDone: boolean;
}

/** What the commands differ in that ask a person about the traces of a store. */
export interface Judging<T> {
  /** Name of the command, as it is typed after `hone`. */
  readonly command: string;
  readonly round: (desk: FeedbackDesk, author: string) => Round<T>;
  /** Last lines for the person. */
  readonly summary: (result: RoundResult, author: string) => readonly string[];
}

/** Flags of the commands that ask a person. */
export interface JudgingFlags extends TraceFlags {
  readonly author?: string;
  /** Largest number of questions. Default: all there are. */
  readonly limit?: number;
}

/** Asks who judges, opens the store, asks the questions of a round, and says what was done. */
export async function judge<T>(
  invocation: Invocation<JudgingFlags>,
  { command, round, summary }: Judging<T>,
): Promise<void> {
  const { flags, terminal } = invocation;
  const { withFeedbackDesk } = await import("../../app/feedback/feedback-desk.ts");
  const answers = new AnswerLines(invocation);
  try {
    const author = await authorOf(command, flags.author, answers);
    await withFeedbackDesk(storeAt(flags, terminal), async (desk) => {
      const asked = { ...round(desk, author), limit: flags.limit };
      const result = await askRound(asked, answers, terminal);
      terminal.emit({ author, ...result });
      terminal.say();
      for (const line of summary(result, author)) terminal.say(line);
    });
  } finally {
    answers.close();
  }
}

/**
 * Asks until no question is left, the limit is reached, "q" is answered, the input ends, or Ctrl-C is pressed; "s" skips
 * a question. On a terminal the first question says how to answer.
 * @throws FEEDBACK_ANSWER_INVALID for a line of a pipe that means nothing; answers before it stay stored
 */
async function askRound<T>(
  round: Round<T> & { readonly limit: number | undefined },
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
