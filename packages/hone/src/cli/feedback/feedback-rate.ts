/** `hone feedback rate`: a person rates traces, one by one. */
import type { RatingQuestion } from "../../app/feedback/feedback-desk.ts";
import { defineCommand } from "../command.ts";
import { authorOption, limitOption, type Scale, scaleOption } from "./feedback-options.ts";
import { judge, type JudgingFlags } from "./feedback-round.ts";
import { shownLine } from "../terminal/shown-text.ts";
import { sayAnswer, sayTask, sayTitle } from "./feedback-view.ts";
import { addTraceOptions, filterOf } from "../traces/filter-options.ts";

interface Flags extends JudgingFlags {
  readonly scale: Scale;
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
    void addTraceOptions(command)
      .addOption(authorOption())
      .addOption(scaleOption())
      .addOption(limitOption("traces at most")),
  run: (invocation) => {
    const { flags, terminal } = invocation;
    const { low, high, isThumbs } = flags.scale;
    const marks = isThumbs ? "+ or -" : `${low} to ${high}`;
    return judge<RatingQuestion>(invocation, {
      command: "feedback rate",
      round: (desk, author) => ({
        questions: desk.tracesToRate(author, filterOf(flags)),
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
          const said = await desk.keep({ kind: "rating", author, ...scored });
          terminal.emit({ event: "stored", ...said });
          return true;
        },
      }),
      summary: ({ answered, skipped, isDone }, author) => [
        `${answered} rated by ${shownLine(author)}, ${skipped} skipped`,
        isDone && skipped === 0
          ? "no trace is left to rate"
          : "the same command asks about the others",
      ],
    });
  },
});

function ratingOf(word: string, { low, high, isThumbs }: Scale): number | undefined {
  if (isThumbs) return { "+": high, "-": low, up: high, down: low }[word];
  const rating = /^\d{1,6}$/.test(word) ? Number(word) : NaN;
  return rating >= low && rating <= high ? rating : undefined;
}
