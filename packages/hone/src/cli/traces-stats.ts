/** `hone traces stats`: counts and quantiles over the traces of a store. */
import { Option } from "commander";
import type { Spread, TraceGrouping, TraceStatistics } from "../core/trace-statistics.ts";
import { traceGroupings } from "../core/trace-statistics.ts";
import { defineCommand } from "./command.ts";
import { fitted, padded, shownLine, shownWidth } from "./shown-text.ts";
import { addFilter, type FilterFlags, filterOf, storeOf, storeOption } from "./trace-options.ts";
import { millisecondsText, rewardText } from "./trace-table.ts";

interface Flags extends FilterFlags {
  readonly store: string | undefined;
  readonly by?: TraceGrouping;
}

export const command = defineCommand<Flags>({
  summary: "How many traces there are, how they ended, what they earned, took and cost.",
  examples: ["npx hone traces stats", "npx hone traces stats --by agent --from 7d"],
  notes: [
    "reward and latency: quartiles (25 %, median, 75 %) and 95 % of the traces that",
    "have them. --json: a line for each group, then {groups, traces}.",
  ],
  define: (command) =>
    void addFilter(
      command
        .addOption(storeOption())
        .addOption(new Option("--by <what>", "a row for each").choices(traceGroupings)),
    ),
  run: async ({ flags, terminal }) => {
    const { withStore } = await import("../app/traces.ts");
    const groups = await withStore(storeOf(flags), (store) =>
      store.aggregate(filterOf(flags), flags.by),
    );
    for (const group of groups) terminal.emit({ event: "group", ...group });
    const traces = groups.reduce((sum, { count }) => sum + count, 0);
    terminal.emit({ groups: groups.length, traces });
    if (groups.length === 0) return terminal.say("no trace is like that");
    const rows = [headOf(flags.by), ...groups.map(rowOf)];
    const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => shownWidth(row[i]!))));
    for (const row of rows) {
      const cells = row.map((cell, i) =>
        i === 0 ? padded(cell, widths[0]!) : cell.padStart(widths[i]!),
      );
      terminal.say(cells.join("  ").trimEnd());
    }
  },
});

const headOf = (by: TraceGrouping | undefined): string[] => [
  by ?? "",
  "traces",
  "spans",
  "failed",
  "reward 25 50 75 95 %",
  "tokens in",
  "out",
  "latency 25 50 75 95 %",
];

function rowOf(group: TraceStatistics): string[] {
  const { key, count, spanCount, errorRate, reward, latency, tokens } = group;
  return [
    key === "" ? "(none)" : fitted(shownLine(key), 30),
    String(count),
    String(spanCount),
    `${Number((100 * errorRate).toFixed(1))} %`,
    quantiles(reward, rewardText),
    String(tokens.input),
    String(tokens.output),
    quantiles(latency, millisecondsText),
  ];
}

const quantiles = (spread: Spread | undefined, text: (value: number) => string): string =>
  spread === undefined
    ? "–"
    : [spread.p25, spread.median, spread.p75, spread.p95].map(text).join(" · ");
