/** `hone queues export`: what people said in a queue, as a file to train on. */
import { defineCommand } from "../command.ts";
import { runsOption } from "../options.ts";
import { counted } from "../terminal/shown-text.ts";
import { type StoreFlags, storeAt, storeOption } from "../traces/store-options.ts";

interface Flags extends StoreFlags {
  readonly runs: string;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone queues export pairs", "npx hone queues export pairs better.jsonl"],
  notes: [
    "compare, rate: pairs of a better and a worse answer, for `npx hone train dpo`",
    "and reward-model; ratings of one task that differ by a point or more are a pair.",
    "thumbs: answers with the label of most raters, for kto. correct: conversations",
    "with the corrected answers, for sft. Without a file: <runs>/queues/<name>/….",
  ],
  define: (command) =>
    void command
      .argument("<name>", "its name")
      .argument("[file]", "JSON Lines")
      .addOption(runsOption())
      .addOption(storeOption()),
  run: async ({ values, flags, terminal }) => {
    const { withStore } = await import("../../app/traces/with-store.ts");
    const { exportNamedQueue } = await import("../../app/feedback/queues/export-queue.ts");
    const report = await withStore(storeAt(flags, terminal), (store) =>
      exportNamedQueue(store, flags.runs, values[0]!, values[1]),
    );
    const left = Object.entries(report.leftOut).map(([why, count]) => `${count} ${why}`);
    const out = left.length === 0 ? "" : ` (left out: ${left.join(", ")})`;
    terminal.tell({ ...report }, `${counted(report.rows, "row")}${out} written to ${report.file}`);
  },
});
