/** `hone feedback compare`: pairs of answers to one task, of which a person chooses the better. */
import type { ComparisonQuestion, ShownTrace } from "../../rewards/feedback-questions.ts";
import type { ComparisonFeedback } from "../../core/feedback.ts";
import { AnswerLines } from "./answer-lines.ts";
import { defineCommand } from "../command.ts";
import { authorOf, authorOption, limitOption } from "./feedback-options.ts";
import { askRound } from "./feedback-round.ts";
import { counted, shownLine } from "../terminal/shown-text.ts";
import { sayAnswer, sayTask, sayTitle } from "./feedback-view.ts";
import { seedOption } from "../options.ts";
import {
  addFilter,
  type FilterFlags,
  filterOf,
  storeAt,
  storeOption,
} from "../traces/trace-options.ts";

interface Flags extends FilterFlags {
  readonly store: string | undefined;
  readonly author?: string;
  readonly seed: number;
  readonly limit?: number;
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
    void addFilter(command.addOption(storeOption()))
      .addOption(authorOption())
      .addOption(seedOption("draws pairs and sides"))
      .addOption(limitOption("pairs at most")),
  run: async (invocation) => {
    const { flags, terminal } = invocation;
    const { withStore } = await import("../../store/operations/find-trace.ts");
    const { pairsToCompare } = await import("../../rewards/feedback-questions.ts");
    const { keepFeedback, withId } = await import("../../rewards/keep-feedback.ts");
    const answers = new AnswerLines(invocation);
    try {
      const author = await authorOf("feedback compare", flags.author, answers);
      await withStore(storeAt(flags, terminal), async (store) => {
        const result = await askRound<ComparisonQuestion>(
          {
            questions: pairsToCompare(store, author, { ...flags, filter: filterOf(flags) }),
            limit: flags.limit,
            expected: "a, b or tie, a reason behind it if you like; s skips, u goes back, q ends",
            // Here b is an answer.
            backWords: ["u"],
            show: ({ first, second }) => {
              const [a, b] = [hidden(first), hidden(second)];
              terminal.emit({ event: "question", task: first.task, a, b });
              sayTitle(terminal, "a, b or tie?");
              sayTask(terminal, first);
              sayAnswer(terminal, first, "a");
              sayAnswer(terminal, second, "b");
            },
            keep: async ({ first, second }, word, reason) => {
              const preferred = Object.hasOwn(choices, word) ? choices[word] : undefined;
              if (preferred === undefined) return false;
              const because = reason === undefined ? {} : { reason };
              const pair = { first: first.id, second: second.id, preferred, ...because };
              const said = withId({ kind: "comparison", author, at: Date.now(), ...pair });
              await keepFeedback(store, [said]);
              terminal.emit({ event: "stored", id: said.id, preferred });
              return true;
            },
          },
          answers,
          terminal,
        );
        terminal.emit({ author, ...result });
        terminal.say();
        terminal.say(
          `${counted(result.answered, "pair")} compared by ${shownLine(author)}, ${result.skipped} skipped`,
        );
        if (result.isDone) terminal.say("no other pair is left to compare");
      });
    } finally {
      answers.close();
    }
  },
});

const hidden = ({ answer, tools }: ShownTrace): object => ({ answer, tools });
