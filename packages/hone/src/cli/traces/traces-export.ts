/** `hone traces export`: writes traces as lines of a file. */
import { Option } from "commander";
import type { ExportFormat, StoreExportReport } from "../../app/traces/trace-files.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { counted, shownJson } from "../terminal/shown-text.ts";
import { addFilter, filterOf, type TraceFlags } from "./filter-options.ts";
import { storeAt, storeOption } from "./store-options.ts";

interface Flags extends TraceFlags {
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
    const { exportStore } = await import("../../app/traces/trace-files.ts");
    const file = values[0]!;
    const { format } = flags;
    const target = file === "-" ? terminal.streams.stdout : file;
    const report = await exportStore(storeAt(flags, terminal), target, {
      format,
      filter: filterOf(flags),
      signal,
      onProgress: terminal.progress,
    });
    if (file === "-") terminal.warn(terminal.isJson ? shownJson(report) : said(report, format));
    else terminal.tell({ ...report, file }, `${said(report, format)} written to ${file}`);
    return report.unreadable === 0 ? exitCodes.done : exitCodes.failed;
  },
});

function said(
  { traces, lines, withPictures, unreadable }: StoreExportReport,
  format: ExportFormat,
): string {
  const lost = unreadable === 0 ? "" : ` (${unreadable} could not be read)`;
  const all = `${counted(traces, "trace")}${lost}`;
  if (format === "traces") return all;
  const left = withPictures === 0 ? "" : ` (${withPictures} with pictures left out)`;
  return `${counted(lines, "conversation")} of ${all}${left}`;
}
