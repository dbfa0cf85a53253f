/** `hone traces import`: a file of traces into a store. */
import type { TraceStore } from "../../ports/trace-store.ts";
import { defineCommand } from "../command.ts";
import { counted } from "../terminal/shown-text.ts";
import { storeAt, storeOption } from "./trace-options.ts";

interface Flags {
  readonly store: string | undefined;
  readonly replace?: boolean;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone traces import traces.jsonl.gz --store sqlite:./other.db"],
  notes: [
    "Reads what `npx hone traces export` wrote.",
    "Every line is checked before the first trace is written; errors name their line.",
    "Traces that are there already stay as they are, so after Ctrl-C the same command",
    "goes on. --json: {imported, alreadyThere}.",
  ],
  define: (command) =>
    void command
      .argument("<file>", "one trace a line as JSON, gzipped or not; - is stdin")
      .addOption(storeOption("where the traces go; made when it is not there"))
      .option("--replace", "traces of the file replace those of the same id"),
  run: async ({ values, flags, terminal, signal }) => {
    const [{ importTraces }, { openStore, checkStoreAddress }] = await Promise.all([
      import("../../data/import-traces.ts"),
      import("../../app/open-store.ts"),
    ]);
    const { replace = false } = flags;
    const { url, onProblem } = storeAt(flags, terminal);
    // What is mistyped is said before a long file is read.
    checkStoreAddress(url);
    let store: TraceStore | undefined;
    const open = async (): Promise<TraceStore> => (store = await openStore(url, { onProblem }));
    try {
      const { stdin } = terminal.streams;
      const options = { replace, signal, stdin, onProgress: terminal.progress };
      const report = await importTraces(open, values[0]!, options);
      const { imported, alreadyThere } = report;
      terminal.tell(
        { ...report },
        `${counted(imported, "trace")} imported, ${alreadyThere} there already`,
      );
    } finally {
      await store?.close();
    }
  },
});
