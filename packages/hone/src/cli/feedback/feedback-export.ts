/** `hone feedback export`: writes feedback as rewards and as preference pairs. */
import type { FeedbackCounts, FeedbackExport } from "../../app/feedback/feedback-files.ts";
import { HoneError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { numberBetween } from "../options.ts";
import { counted, shownLine } from "../terminal/shown-text.ts";
import { factsText } from "../terminal/figures.ts";
import { addTraceOptions, filterOf, type TraceFlags } from "../traces/filter-options.ts";
import { storeAt } from "../traces/store-options.ts";

interface Flags extends TraceFlags {
  readonly rewards?: string;
  readonly pairs?: string;
  readonly feedback?: string;
  readonly ratingMargin?: number;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone feedback export --rewards rewards.jsonl --pairs pairs.jsonl"],
  notes: [
    "Agreement is Krippendorff's alpha: 1 is perfect, 0 what chance gives. Each file",
    "is written whole or not at all.",
  ],
  define: (command) =>
    void addTraceOptions(command)
      .option("--rewards <file>", "a reward a trace (hone.rewards)")
      .option("--pairs <file>", "preference pairs (hone.preferences)")
      .option("--feedback <file>", "everything as it was said (hone.feedback)")
      .option(
        "--rating-margin <x>",
        "pairs of ratings, too, this far apart (of 1)",
        numberBetween(0, 1),
      ),
  run: async ({ flags, terminal }) => {
    const { rewards, pairs, feedback, ratingMargin } = flags;
    if (rewards === undefined && pairs === undefined && feedback === undefined) {
      const problem =
        "no file to write was named; give --rewards <file>, --pairs <file> or --feedback <file>";
      throw new HoneError("USAGE_INVALID", { command: "npx hone feedback export", problem });
    }
    const { withStore } = await import("../../app/traces/with-store.ts");
    const { exportFeedback } = await import("../../app/feedback/feedback-files.ts");
    const margin = ratingMargin === undefined ? {} : { ratingMargin };
    const result = await withStore(storeAt(flags, terminal), (store) =>
      exportFeedback(store, { rewards, pairs, feedback }, { filter: filterOf(flags), ...margin }),
    );
    terminal.tell({ ...result }, exportText(result, flags));
  },
});

/** Counts in words: "1 rating, 5 comparisons, 0 corrections". */
export const feedbackText = ({ rating, comparison, correction }: FeedbackCounts): string =>
  [
    counted(rating, "rating"),
    counted(comparison, "comparison"),
    counted(correction, "correction"),
  ].join(", ");

function exportText(result: FeedbackExport, files: Flags): string {
  const { said, traces, authors, agreement } = result;
  const left = Object.entries(result.leftOut).map(([why, count]) => `${count} ${why}`);
  const pairs = `${result.pairs}${left.length === 0 ? "" : `, left out: ${left.join(", ")}`}`;
  const file = (name: string | undefined): string => (name === undefined ? "" : ` → ${name}`);
  const alpha = ({ alpha, judgedTwice }: FeedbackExport["agreement"]["ratings"]): string =>
    `${alpha === undefined ? "–" : alpha.toFixed(3)}  (${judgedTwice} judged by two or more)`;
  return [
    `${feedbackText(said)} on ${counted(traces, "trace")} by ${shownLine(authors.join(", ")) || "nobody"}${file(files.feedback)}`,
    factsText([
      ["rewards", `${result.rewards}${file(files.rewards)}`],
      ["pairs", `${pairs}${file(files.pairs)}`],
      ["agreement of ratings", `alpha ${alpha(agreement.ratings)}`],
      ["agreement of comparisons", `alpha ${alpha(agreement.comparisons)}`],
    ]),
  ].join("\n");
}
