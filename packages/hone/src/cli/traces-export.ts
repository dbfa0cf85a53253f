/** `hone traces export`: traces as lines of a file. */
import { Option } from "commander";
import type { ExportFormat, ExportReport } from "../app/export-traces.ts";
import { defineCommand } from "./command.ts";
import { counted, shownJson } from "./shown-text.ts";
import { addFilter, type FilterFlags, filterOf, storeOf, storeOption } from "./trace-options.ts";

interface Flags extends FilterFlags {
  readonly store: string | undefined;
  readonly format: ExportFormat;
}

export const command = defineCommand<Flags>({
  summary: "Traces as a file of JSON lines: to keep, to send, or to train on.",
  examples: [
    "npx hone traces export traces.jsonl.gz",
    "npx hone traces export chats.jsonl --format messages --min-reward 0.5",
  ],
  notes: [
    "traces: one trace a line, as docs/formats has it; `npx hone traces import` reads",
    "it back. messages: one conversation a line, for `npx hone train sft --data`.",
    "The file is written whole or not at all; an older one of the name is replaced.",
    "--json: {traces, lines, withPictures}; with - for a file it goes to stderr.",
  ],
  define: (command) =>
    void addFilter(
      command
        .argument("<file>", "gzipped where its name ends in .gz; - is stdout")
        .addOption(storeOption())
        .addOption(
          new Option("--format <format>", "of the lines")
            .choices(["traces", "messages"])
            .default("traces"),
        ),
    ),
  run: async ({ values, flags, terminal, signal }) => {
    const [{ exportToFile, exportToStream }, { withStore }] = await Promise.all([
      import("../app/export-traces.ts"),
      import("../app/traces.ts"),
    ]);
    const file = values[0]!;
    const { format } = flags;
    const filter = filterOf(flags);
    const options = { format, filter, signal, onProgress: terminal.progress };
    const report = await withStore(storeOf(flags), async (store) => {
      if (flags.text !== undefined) await store.settle();
      return file === "-"
        ? exportToStream(store, terminal.streams.stdout, { format, filter, signal })
        : exportToFile(store, file, options);
    });
    if (file === "-") terminal.warn(terminal.isJson ? shownJson(report) : said(report, format));
    else terminal.tell({ ...report, file }, `${said(report, format)} written to ${file}`);
  },
});

function said({ traces, lines, withPictures }: ExportReport, format: ExportFormat): string {
  const all = counted(traces, "trace");
  if (format === "traces") return all;
  const left = withPictures === 0 ? "" : ` (${withPictures} with pictures left out)`;
  return `${counted(lines, "conversation")} of ${all}${left}`;
}
