/** `hone store prune`: deletes old traces of a store. */
import { HoneError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { addStoreArgument, storeArgument, type StoreFlags } from "./store-options.ts";
import { problemPrinter } from "../report-error.ts";
import { isoTime } from "../../core/time-text.ts";
import { timeBy } from "./time-option.ts";

interface Flags extends StoreFlags {
  readonly before?: number;
  readonly dryRun?: boolean;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone store prune sqlite:./hone.db --before 30d",
    "npx hone store prune files:./rl_data --before 2026-01-01 --dry-run",
  ],
  define: (command) =>
    void addStoreArgument(command)
      .option("--before <time>", "a date in UTC, or so long ago: 2026-01-31, 30d", timeBy())
      .option("--dry-run", "only say how many"),
  run: async ({ values, flags, terminal, signal }) => {
    const { before, dryRun = false } = flags;
    if (before === undefined) {
      const problem = "give --before, such as --before 30d";
      throw new HoneError("USAGE_INVALID", { command: "npx hone store prune", problem });
    }
    const { pruneStore } = await import("../../app/traces/store-work.ts");
    const url = storeArgument("store prune", values, flags);
    const count = await pruneStore({ url, onProblem: problemPrinter(terminal) }, before, {
      signal,
      dryRun,
      onProgress: terminal.progress,
    });
    const time = isoTime(before);
    terminal.tell(
      { traces: count, before: time, deleted: !dryRun },
      `${count} traces from before ${time} ${dryRun ? "would be deleted" : "deleted"}`,
    );
  },
});
