/** `hone traces export`: traces as lines of a file. */
import { Option } from "commander";
import type { ExportFormat, ExportReport } from "../../data/export-traces.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { counted, shownJson } from "../terminal/shown-text.ts";
import { addFilter, type FilterFlags, filterOf, storeAt, storeOption } from "./trace-options.ts";

interface Flags extends FilterFlags {
  readonly store: string | undefined;
  readonly format: ExportFormat;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone traces export traces.jsonl.gz",
    "npx hone traces export chats.jsonl --format messages --min-reward 0.5",
  ],
  notes: [
    "traces: one trace a line, as docs/formats has it; `npx hone traces import` reads",
    "it back. messages: one conversation a line, for `npx hone train sft --data`.",
    "The file is written whole or not at all; an older one of the name is replaced,",
    "but not by nothing: where no trace fits, it stays, and the exit code is 1.",
    "What cannot be read is named and left out, and the exit code is 1.",
    "--json: {traces, lines, withPictures, unreadable}; with - it goes to stderr.",
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
    const [{ exportToFile, exportToStream }, { withStore }, { UnreadableParts }] =
      await Promise.all([
        import("../../data/export-traces.ts"),
        import("../../store/operations/find-trace.ts"),
        import("../../app/traces/unreadable-parts.ts"),
      ]);
    const file = values[0]!;
    const { format } = flags;
    const filter = filterOf(flags);
    const options = { format, filter, signal, onProgress: terminal.progress };
    const { url, onProblem } = storeAt(flags, terminal);
    const parts = new UnreadableParts(onProblem);
    const written = await withStore({ url, onProblem: parts.add }, async (store) => {
      if (flags.text !== undefined) await store.settle();
      return file === "-"
        ? exportToStream(store, terminal.streams.stdout, { format, filter, signal })
        : exportToFile(store, file, options);
    });
    const report = { ...written, unreadable: parts.count };
    if (file === "-") terminal.warn(terminal.isJson ? shownJson(report) : said(report, format));
    else terminal.tell({ ...report, file }, `${said(report, format)} written to ${file}`);
    return report.unreadable === 0 ? exitCodes.done : exitCodes.failed;
  },
});

interface Said extends ExportReport {
  readonly unreadable: number;
}

function said({ traces, lines, withPictures, unreadable }: Said, format: ExportFormat): string {
  const lost = unreadable === 0 ? "" : ` (${unreadable} could not be read)`;
  const all = `${counted(traces, "trace")}${lost}`;
  if (format === "traces") return all;
  const left = withPictures === 0 ? "" : ` (${withPictures} with pictures left out)`;
  return `${counted(lines, "conversation")} of ${all}${left}`;
}
