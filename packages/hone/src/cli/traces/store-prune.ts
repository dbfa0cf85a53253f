/** `hone store prune`: deletes old traces of a store. */
import { HoneError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { isAgreed, yesNote, yesOption } from "../confirm.ts";
import { counted } from "../terminal/shown-text.ts";
import { addStoreArgument, storeArgument, type StoreFlags } from "./store-options.ts";
import { problemPrinter } from "../report-error.ts";
import { isoTime } from "../../core/time-text.ts";
import { timeBy } from "./time-option.ts";

interface Flags extends StoreFlags {
  readonly before?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone store prune sqlite:./hone.db --before 30d",
    "npx hone store prune files:./rl_data --before 2026-01-01 --dry-run",
  ],
  notes: ["--json: {traces, before, deleted}.", yesNote],
  define: (command) =>
    void addStoreArgument(command)
      .option("--before <time>", "a date in UTC, or so long ago: 2026-01-31, 30d", timeBy())
      .option("--dry-run", "only say how many")
      .addOption(yesOption()),
  run: async ({ values, flags, terminal, signal }) => {
    const { before, dryRun = false, yes = false } = flags;
    if (before === undefined) {
      const problem = "give --before, such as --before 30d";
      throw new HoneError("USAGE_INVALID", { command: "npx hone store prune", problem });
    }
    const { countPrunable, pruneStore } = await import("../../app/traces/store-work.ts");
    const url = storeArgument("store prune", values, flags);
    const at = { url, onProblem: problemPrinter(terminal) };
    const time = isoTime(before);
    const told = (traces: number, deleted: boolean, text: string): void =>
      terminal.tell({ traces, before: time, deleted }, text);
    if (dryRun) {
      const count = await countPrunable(at, before);
      return told(count, false, `${count} traces from before ${time} would be deleted`);
    }
    const count = await pruneStore(at, before, {
      isAgreed: async (found) =>
        yes ||
        isAgreed({
          command: "npx hone store prune",
          what: `${counted(found, "trace")} from before ${time}`,
          terminal,
          signal,
        }),
      signal,
      onProgress: terminal.progress,
    });
    if (count === undefined) return told(0, false, "nothing deleted");
    told(count, true, `${count} traces from before ${time} deleted`);
  },
});
