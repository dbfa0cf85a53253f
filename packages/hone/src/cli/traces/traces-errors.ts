/** `hone traces errors`: what goes wrong, errors that say the same together. */
import { defineCommand } from "../command.ts";
import { fittedTable, type TableColumn } from "../terminal/fitted-table.ts";
import { shownLine } from "../terminal/shown-text.ts";
import { addFilter, filterOf, type TraceFlags } from "./filter-options.ts";
import { storeAt, storeOption } from "./store-options.ts";
import { columnsOf, shortId, timeText } from "./trace-table.ts";

const columns: readonly TableColumn[] = [
  { head: "times", isNumber: true },
  { head: "traces", isNumber: true, rank: 3 },
  { head: "first (UTC)", rank: 1 },
  { head: "last (UTC)", rank: 2 },
  { head: "trace" },
  { head: "where", minWidth: 8, rank: 4 },
  { head: "error", minWidth: 20 },
];

export const command = defineCommand<TraceFlags>({
  examples: ["npx hone traces errors", "npx hone traces errors --agent planner --from 7d"],
  notes: [
    "Errors of spans, and of traces that failed or were cancelled, by their code or",
    "type and by their message: numbers, ids, paths, addresses and what stands in",
    "quotes are left out, so that it is the same each time. An error of a trace that",
    "one of its spans has, too, counts once. trace: the last one with it.",
    "--json: a line for each group with samples, then {groups, errors}.",
  ],
  define: (command) => void addFilter(command.addOption(storeOption())),
  run: async ({ flags, terminal }) => {
    const { readErrorGroups } = await import("../../app/traces/read-traces.ts");
    const groups = await readErrorGroups(storeAt(flags, terminal), filterOf(flags));
    for (const group of groups) terminal.emit({ event: "group", ...group });
    const errors = groups.reduce((sum, { count }) => sum + count, 0);
    terminal.emit({ groups: groups.length, errors });
    if (groups.length === 0) return terminal.say("no error in traces like that");
    const rows = groups.map(({ key, count, traces, firstAt, lastAt, where, samples }) => [
      ...[String(count), String(traces), timeText(firstAt), timeText(lastAt)],
      ...[shortId(samples[0]!.traceId), shownLine(where.join(", ")), shownLine(key)],
    ]);
    for (const line of fittedTable(columns, rows, columnsOf(terminal.streams.stdout)))
      terminal.say(line);
  },
});
