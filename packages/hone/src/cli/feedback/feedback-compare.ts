/** `hone feedback compare`: a person chooses the better of two answers to one task. */
import type { ComparisonQuestion, ShownTrace } from "../../app/feedback/feedback-desk.ts";
import type { ComparisonFeedback } from "../../core/feedback.ts";
import { defineCommand } from "../command.ts";
import { authorOption, limitOption } from "./feedback-options.ts";
import { judge, type JudgingFlags } from "./feedback-round.ts";
import { counted, shownLine } from "../terminal/shown-text.ts";
import { sayAnswer, sayTask, sayTitle } from "./feedback-view.ts";
import { seedOption } from "../options.ts";
import { addTraceOptions, filterOf } from "../traces/filter-options.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface Flags extends JudgingFlags {
  readonly seed: number;
}

const choices: Readonly<Record<string, ComparisonFeedback["preferred"]>> = {
  a: "first",
  b: "second",
  t: "tie",
  tie: "tie",
};

export const command = defineCommand<Flags>({
  examples: ["npx hone feedback compare --author ada --limit 20"],
  notes: [
    "Answer a, b or tie, and after it, if you like, why: a shorter. s skips, u goes",
    "back, q ends. Pairs and sides are drawn by --seed; whose answer is which is not",
    "shown. Each answer is stored at once; pairs you have compared do not come again.",
  ],
  define: (command) =>
    void addTraceOptions(command)
      .addOption(authorOption())
      .addOption(seedOption("draws pairs and sides"))
      .addOption(limitOption("pairs at most")),
  run: (invocation) => {
    const { flags, terminal } = invocation;
    return judge<ComparisonQuestion>(invocation, {
      command: "feedback compare",
      round: (desk, author) => ({
        questions: desk.pairsToCompare(author, { filter: filterOf(flags), seed: flags.seed }),
        expected: "a, b or tie, a reason behind it if you like; s skips, u goes back, q ends",
        // "b" is an answer here.
        backWords: ["u"],
        show: (question) => showPair(question, terminal),
        keep: async ({ first, second }, word, reason) => {
          const preferred = Object.hasOwn(choices, word) ? choices[word] : undefined;
          if (preferred === undefined) return false;
          const because = reason === undefined ? {} : { reason };
          const pair = { first: first.id, second: second.id, preferred, ...because };
          const { id } = await desk.keep({ kind: "comparison", author, ...pair });
          terminal.emit({ event: "stored", id, preferred });
          return true;
        },
      }),
      summary: ({ answered, skipped, isDone }, author) => [
        `${counted(answered, "pair")} compared by ${shownLine(author)}, ${skipped} skipped`,
        ...(isDone ? ["no other pair is left to compare"] : []),
      ],
    });
  },
});

function showPair({ first, second }: ComparisonQuestion, terminal: Terminal): void {
  const [a, b] = [hidden(first), hidden(second)];
  terminal.emit({ event: "question", task: first.task, a, b });
  sayTitle(terminal, "a, b or tie?");
  sayTask(terminal, first);
  sayAnswer(terminal, first, "a");
  sayAnswer(terminal, second, "b");
}

/** One side of a pair without anything that tells which agent gave it. */
const hidden = ({ answer, tools }: ShownTrace): object => ({ answer, tools });
