/** `hone traces stats`: prints counts and quantiles over the traces of a store. */
import { Option } from "commander";
import type { Spread, TraceGrouping, TraceStatistics } from "../../core/trace-statistics.ts";
import { traceGroupings } from "../../core/trace-statistics.ts";
import { defineCommand } from "../command.ts";
import { fittedTable, type TableColumn } from "../terminal/fitted-table.ts";
import { fitted, shownLine, shownWidth } from "../terminal/shown-text.ts";
import { addFilter, filterOf, type TraceFlags } from "./filter-options.ts";
import { storeAt, storeOption } from "./store-options.ts";
import { columnsOf, millisecondsText, rewardText, tokensText } from "./trace-table.ts";

interface Flags extends TraceFlags {
  readonly by?: TraceGrouping;
}

export const command = defineCommand<Flags>({
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
    const { readStatistics } = await import("../../app/traces/read-traces.ts");
    const groups = await readStatistics(storeAt(flags, terminal), filterOf(flags), flags.by);
    for (const group of groups) terminal.emit({ event: "group", ...group });
    const traces = groups.reduce((sum, { count }) => sum + count, 0);
    terminal.emit({ groups: groups.length, traces });
    if (groups.length === 0) return terminal.say("no trace is like that");
    for (const line of tableOf(groups, flags.by, columnsOf(terminal.streams.stdout)))
      terminal.say(line);
  },
});

/** The table, with all quantiles if they fit the width, else with the medians. */
function tableOf(
  groups: readonly TraceStatistics[],
  by: TraceGrouping | undefined,
  width: number,
): string[] {
  const all = fittedTable(
    headOf(by, "25 50 75 95 %"),
    groups.map((group) => rowOf(group, quantiles)),
    Infinity,
  );
  if (all.every((line) => shownWidth(line) <= width)) return all;
  return fittedTable(
    headOf(by, "50 %"),
    groups.map((group) => rowOf(group, median)),
    width,
  );
}

const headOf = (by: TraceGrouping | undefined, shares: string): TableColumn[] => [
  { head: by ?? "", minWidth: 6 },
  { head: "traces", isNumber: true },
  { head: "spans", isNumber: true, rank: 1 },
  { head: "failed", isNumber: true, rank: 5 },
  { head: `reward ${shares}`, isNumber: true, rank: 6 },
  { head: "tokens in", isNumber: true, rank: 2 },
  { head: "out", isNumber: true, rank: 3 },
  { head: `latency ${shares}`, isNumber: true, rank: 4 },
];

type SpreadText = (spread: Spread | undefined, text: (value: number) => string) => string;

function rowOf(group: TraceStatistics, spreadText: SpreadText): string[] {
  const { key, count, spanCount, errorRate, reward, latency, tokens } = group;
  return [
    key === "" ? "(none)" : fitted(shownLine(key), 30),
    String(count),
    String(spanCount),
    `${Number((100 * errorRate).toFixed(1))} %`,
    spreadText(reward, rewardText),
    tokensText(tokens.input),
    tokensText(tokens.output),
    spreadText(latency, millisecondsText),
  ];
}

const quantiles: SpreadText = (spread, text) =>
  spread === undefined
    ? "–"
    : [spread.p25, spread.median, spread.p75, spread.p95].map(text).join(" · ");

const median: SpreadText = (spread, text) => (spread === undefined ? "–" : text(spread.median));
