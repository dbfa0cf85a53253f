/** `hone traces export`: writes traces as lines of a file. */
import { Option } from "commander";
import type {
  ExportFormat,
  ReasoningChoice,
  StoreExportReport,
} from "../../app/traces/trace-files.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { counted, shownJson } from "../terminal/shown-text.ts";
import { addFilter, filterOf, type TraceFlags } from "./filter-options.ts";
import { storeAt, storeOption } from "./store-options.ts";

interface Flags extends TraceFlags {
  readonly format: ExportFormat;
  readonly reasoning: ReasoningChoice;
  readonly corrections: boolean;
  readonly tools: boolean;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone traces export traces.jsonl.gz",
    "npx hone traces export chats.jsonl --format messages --reasoning drop",
  ],
  notes: [
    "traces: one trace a line, as docs/formats has it; `npx hone traces import` reads",
    "it back. messages: one conversation a line, for `npx hone train sft --data`;",
    "people's corrections stand in the place of the answers they correct. pairs: a",
    "better and a worse answer a line, from comparisons and corrections (TRL's form).",
    "The file is written whole or not at all; an older one of the name is replaced,",
    "but not by nothing: where no trace fits, it stays, and the exit code is 1.",
    "What cannot be read is named and left out, and the exit code is 1.",
    "--json: {traces, lines, unreadable} and counts; with - it goes to stderr.",
  ],
  define: (command) =>
    void addFilter(
      command
        .argument("<file>", "gzipped where its name ends in .gz; - is stdout")
        .addOption(storeOption())
        .addOption(
          new Option("--format <format>", "of the lines")
            .choices(["traces", "messages", "pairs"])
            .default("traces"),
        )
        .addOption(
          new Option("--reasoning <choice>", "in messages and pairs")
            .choices(["keep", "drop", "error"])
            .default("keep"),
        )
        .option("--no-corrections", "messages: the answers as they were given")
        .option("--no-tools", "messages: without the tools that calls offered"),
    ),
  run: async ({ values, flags, terminal, signal }) => {
    const { exportStore } = await import("../../app/traces/trace-files.ts");
    const file = values[0]!;
    const { format, reasoning, corrections, tools } = flags;
    const target = file === "-" ? terminal.streams.stdout : file;
    const report = await exportStore(storeAt(flags, terminal), target, {
      format,
      conversations: { reasoning, corrections, tools },
      filter: filterOf(flags),
      signal,
      onProgress: terminal.progress,
    });
    if (file === "-") terminal.warn(terminal.isJson ? shownJson(report) : said(report, flags));
    else terminal.tell({ ...report, file }, `${said(report, flags)} written to ${file}`);
    return report.unreadable === 0 ? exitCodes.done : exitCodes.failed;
  },
});

function said(report: StoreExportReport, { format, reasoning }: Flags): string {
  const { traces, lines, unreadable, leftOut = {} } = report;
  const lost = unreadable === 0 ? "" : ` (${unreadable} could not be read)`;
  const all = `${counted(traces, "trace")}${lost}`;
  if (format === "traces") return all;
  if (format === "pairs") {
    const none = Object.entries(leftOut).map(([why, count]) => `${count} ${why}`);
    return `${counted(lines, "pair")} of ${all}${inBrackets(none, "left out: ")}`;
  }
  const { withPictures, withReasoning, corrected, correctionsReplaced, toolsLeftOut } = report;
  const facts = [
    [withPictures, "with pictures left out"],
    [reasoning === "drop" ? withReasoning : 0, "messages without their reasoning"],
    [corrected, "answers corrected"],
    [correctionsReplaced, "earlier corrections not used"],
    [toolsLeftOut, "tools left out that a chat template cannot describe"],
  ] as const;
  const said = facts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  return `${counted(lines, "conversation")} of ${all}${inBrackets(said)}`;
}

const inBrackets = (facts: readonly string[], start = ""): string =>
  facts.length === 0 ? "" : ` (${start}${facts.join(", ")})`;
