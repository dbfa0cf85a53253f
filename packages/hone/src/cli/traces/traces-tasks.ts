/** `hone traces tasks`: writes what users asked an agent as a file of tasks. */
import { defineCommand } from "../command.ts";
import { numberBetween } from "../options.ts";
import { counted } from "../terminal/shown-text.ts";
import { addFilter, filterOf, type TraceFlags } from "./filter-options.ts";
import { storeAt, storeOption } from "./store-options.ts";

interface Flags extends TraceFlags {
  readonly heldOut: number;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone traces tasks tasks.jsonl --agent support",
    "npx hone traces tasks tasks.jsonl --from 30d --held-out 0.3",
  ],
  notes: [
    "A line is a task, as `npx hone train grpo --tasks` reads it: id, question,",
    "answer (the agent's, or a person's correction), session, split, and calls, the",
    "recorded calls of tools. A trace gives one where its first model call begins a",
    "conversation with a question in words; equal questions are one task.",
    "A session is learned from or held out, by its name: later recordings move none.",
    "--json: {file, tasks, heldOut, sessions, calls, leftOut}.",
  ],
  define: (command) =>
    void addFilter(
      command
        .argument("<file>", "gzipped where its name ends in .gz")
        .addOption(storeOption())
        .option("--held-out <n>", "share of sessions only measured on", numberBetween(0, 0.9), 0.2),
    ),
  run: async ({ values, flags, terminal }) => {
    const { changedCallsText, exportTasks, leftOutText } =
      await import("../../app/traces/export-tasks.ts");
    const file = values[0]!;
    const filter = filterOf(flags);
    const report = await exportTasks(storeAt(flags, terminal), file, {
      filter,
      heldOut: flags.heldOut,
    });
    const left = leftOutText(report);
    const facts = [
      `${report.heldOut} held out`,
      counted(report.sessions, "session"),
      counted(report.calls, "recorded call"),
      ...changedCallsText(report),
      ...(left === "" ? [] : [`left out: ${left}`]),
    ];
    const text = `${counted(report.tasks, "task")} written to ${file} (${facts.join(", ")})`;
    terminal.tell({ file, ...report }, text);
  },
});
