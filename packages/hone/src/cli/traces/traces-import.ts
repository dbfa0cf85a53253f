/** `hone traces import`: reads a file of traces into a store. */
import { defineCommand } from "../command.ts";
import { counted } from "../terminal/shown-text.ts";
import { type StoreFlags, storeAt, storeOption } from "./store-options.ts";

interface Flags extends StoreFlags {
  readonly replace?: boolean;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone traces import traces.jsonl.gz --store sqlite:./other.db"],
  notes: [
    "Reads what `npx hone traces export` wrote.",
    "Every line is checked before the first trace is written; errors name their line.",
    "Traces that are there already stay as they are, so after Ctrl-C the same command",
    "resumes. --json: {imported, alreadyThere}.",
  ],
  define: (command) =>
    void command
      .argument("<file>", "one trace a line as JSON, gzipped or not; - is stdin")
      .addOption(storeOption("where the traces go; made when it is not there"))
      .option("--replace", "traces of the file replace those of the same id"),
  run: async ({ values, flags, terminal, signal }) => {
    const { importIntoStore } = await import("../../app/traces/trace-files.ts");
    const { replace = false } = flags;
    const { imported, alreadyThere } = await importIntoStore(storeAt(flags, terminal), values[0]!, {
      replace,
      signal,
      stdin: terminal.streams.stdin,
      onProgress: terminal.progress,
    });
    terminal.tell(
      { imported, alreadyThere },
      `${counted(imported, "trace")} imported, ${alreadyThere} there already`,
    );
  },
});
