/** `hone feedback rate`: traces shown one by one, rated by a person. */
import type { RatingQuestion } from "../../rewards/feedback-questions.ts";
import { AnswerLines } from "./answer-lines.ts";
import { defineCommand } from "../command.ts";
import {
  authorOf,
  authorOption,
  limitOption,
  type Scale,
  scaleOption,
} from "./feedback-options.ts";
import { askRound } from "./feedback-round.ts";
import { shownLine } from "../terminal/shown-text.ts";
import { sayAnswer, sayTask, sayTitle } from "./feedback-view.ts";
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
  readonly scale: Scale;
  readonly limit?: number;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone feedback rate --author ada --agent planner",
    "npx hone feedback rate --scale thumbs --from 7d",
  ],
  notes: [
    "Answer with a number of the scale (thumbs: + or -), and after it, if you like,",
    "why: 4 clear but long. s skips, u goes back, q ends. Each answer is stored at",
    "once; traces you have rated do not come again. In a pipe: a line each.",
  ],
  define: (command) =>
    void addFilter(command.addOption(storeOption()))
      .addOption(authorOption())
      .addOption(scaleOption())
      .addOption(limitOption("traces at most")),
  run: async (invocation) => {
    const { flags, terminal } = invocation;
    const { withStore } = await import("../../store/operations/find-trace.ts");
    const { tracesToRate } = await import("../../rewards/feedback-questions.ts");
    const { keepFeedback, withId } = await import("../../rewards/keep-feedback.ts");
    const answers = new AnswerLines(invocation);
    try {
      const author = await authorOf("feedback rate", flags.author, answers);
      await withStore(storeAt(flags, terminal), async (store) => {
        const { low, high, isThumbs } = flags.scale;
        const marks = isThumbs ? "+ or -" : `${low} to ${high}`;
        const result = await askRound<RatingQuestion>(
          {
            questions: tracesToRate(store, author, filterOf(flags)),
            limit: flags.limit,
            expected: `${marks}, a reason behind it if you like; s skips, u goes back, q ends`,
            backWords: ["u", "b"],
            show: ({ place, count, trace }) => {
              terminal.emit({ event: "question", place, count, trace });
              sayTitle(terminal, `${place} of ${count}   ${marks}`);
              sayTask(terminal, trace);
              sayAnswer(terminal, trace, "answer");
            },
            keep: async ({ trace }, word, reason) => {
              const rating = ratingOf(word, flags.scale);
              if (rating === undefined) return false;
              const because = reason === undefined ? {} : { reason };
              const scored = { traceId: trace.id, rating, low, high, ...because };
              const said = withId({ kind: "rating", author, at: Date.now(), ...scored });
              await keepFeedback(store, [said]);
              terminal.emit({ event: "stored", ...said });
              return true;
            },
          },
          answers,
          terminal,
        );
        terminal.emit({ author, ...result });
        terminal.say();
        terminal.say(`${result.answered} rated by ${shownLine(author)}, ${result.skipped} skipped`);
        terminal.say(
          result.isDone && result.skipped === 0
            ? "no trace is left to rate"
            : "the same command asks about the others",
        );
      });
    } finally {
      answers.close();
    }
  },
});

function ratingOf(word: string, { low, high, isThumbs }: Scale): number | undefined {
  if (isThumbs) return { "+": high, "-": low, up: high, down: low }[word];
  const rating = /^\d{1,6}$/.test(word) ? Number(word) : NaN;
  return rating >= low && rating <= high ? rating : undefined;
}
