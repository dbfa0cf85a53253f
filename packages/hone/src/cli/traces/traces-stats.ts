/** `hone traces stats`: prints counts and quantiles over the traces of a store. */
import { Option } from "commander";
import type { Spread } from "../../core/spread.ts";
import type { TraceGrouping } from "../../core/trace-grouping.ts";
import type { TraceStatistics } from "../../core/trace-statistics.ts";
import { traceGroupings } from "../../core/trace-grouping.ts";
import { dollars } from "../../core/model-prices.ts";
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
  examples: ["npx hone traces stats", "npx hone traces stats --by model --from 7d"],
  notes: [
    "Times: the median, 90 % and 99 % of traces; by model, of its calls. The first",
    "token is that of streamed answers. reward: quartiles (25 %, median, 75 %) and",
    "95 %. A trace of several members, models or tags counts in each. member: who",
    "called models, in a team. cost needs --prices; it counts traces all of whose",
    "calls have a price, and the others are said.",
    "--json: a line for each group, with all quantiles, then {groups, traces}.",
  ],
  define: (command) =>
    void addFilter(
      command
        .addOption(storeOption())
        .addOption(new Option("--by <what>", "a row for each").choices(traceGroupings)),
    ),
  run: async ({ flags, terminal }) => {
    const { readStatistics } = await import("../../app/traces/read-traces.ts");
    const groups = await readStatistics(storeAt(flags, terminal), filterOf(flags), {
      by: flags.by,
      onProgress: terminal.progress,
    });
    for (const group of groups) terminal.emit({ event: "group", ...group });
    const traces = groups.reduce((sum, { count }) => sum + count, 0);
    terminal.emit({ groups: groups.length, traces });
    if (groups.length === 0) return terminal.say("no trace is like that");
    const { by, prices } = flags;
    const width = columnsOf(terminal.streams.stdout);
    for (const line of tableOf(groups, { by, hasCosts: prices !== undefined, width }))
      terminal.say(line);
    if (prices !== undefined) terminal.say(costNote(groups));
  },
});

/** Of how many traces the cost is known: a sum over some of them must not look like the whole. */
function costNote(groups: readonly TraceStatistics[]): string {
  const all = groups.reduce((sum, { count }) => sum + count, 0);
  const known = groups.reduce((sum, { cost }) => sum + (cost?.count ?? 0), 0);
  return known === all
    ? "cost: of all"
    : `cost: of ${known} of ${all}; the others have no call, or one without a price or without a count of its tokens`;
}

/** The table, with all quantiles if they fit the width, else with the medians. */
function tableOf(
  groups: readonly TraceStatistics[],
  { width, ...options }: TableOptions & { readonly width: number },
): string[] {
  const { hasCosts } = options;
  const all = fittedTable(
    headOf(options, ["50 90 99 %", "25 50 75 95 %"]),
    groups.map((group) => rowOf(group, { times: tail, rewards: quartiles, hasCosts })),
    Infinity,
  );
  if (all.every((line) => shownWidth(line) <= width)) return all;
  return fittedTable(
    headOf(options, ["50 %", "50 %"]),
    groups.map((group) => rowOf(group, { times: median, rewards: median, hasCosts })),
    width,
  );
}

const headOf = (
  { by, hasCosts }: TableOptions,
  [times, rewards]: readonly [string, string],
): TableColumn[] => [
  { head: by ?? "", minWidth: 6 },
  { head: "traces", isNumber: true },
  { head: "calls", isNumber: true, rank: 2 },
  { head: "spans", isNumber: true, rank: 1 },
  { head: "failed", isNumber: true, rank: 8 },
  { head: "errors", isNumber: true, rank: 3 },
  { head: `reward ${rewards}`, isNumber: true, rank: 9 },
  ...(hasCosts ? [{ head: "cost", isNumber: true, rank: 6 }] : []),
  { head: "tokens in", isNumber: true, rank: 4 },
  { head: "out", isNumber: true, rank: 5 },
  { head: `latency ${times}`, isNumber: true, rank: 7 },
  { head: `first token ${times}`, isNumber: true, rank: 6 },
];

interface TableOptions {
  readonly by: TraceGrouping | undefined;
  readonly hasCosts: boolean;
}

/** How the spreads of a row are written. */
interface RowTexts {
  readonly times: SpreadText;
  readonly rewards: SpreadText;
  readonly hasCosts: boolean;
}

/** Dollars of all traces of a group whose cost is known. */
const costText = ({ cost }: TraceStatistics): string =>
  cost === undefined ? "–" : dollars(cost.mean * cost.count);

type SpreadText = (spread: Spread | undefined, text: (value: number) => string) => string;

function rowOf(group: TraceStatistics, { times, rewards, hasCosts }: RowTexts): string[] {
  const { key, count, spanCount, errorRate, errorCount, calls, tokens } = group;
  return [
    key === "" ? "(none)" : fitted(shownLine(key), 30),
    String(count),
    String(calls.count),
    String(spanCount),
    `${Number((100 * errorRate).toFixed(1))} %`,
    String(errorCount),
    rewards(group.reward, rewardText),
    ...(hasCosts ? [costText(group)] : []),
    tokensText(tokens.input),
    tokensText(tokens.output),
    times(group.latency, millisecondsText),
    times(group.firstToken, millisecondsText),
  ];
}

const texts = (values: readonly number[], text: (value: number) => string): string =>
  values.map(text).join(" · ");

const quartiles: SpreadText = (spread, text) =>
  spread === undefined ? "–" : texts([spread.p25, spread.median, spread.p75, spread.p95], text);

/** What a user of the agent waits for: mostly, and in the worst cases. */
const tail: SpreadText = (spread, text) =>
  spread === undefined ? "–" : texts([spread.median, spread.p90, spread.p99], text);

const median: SpreadText = (spread, text) => (spread === undefined ? "–" : text(spread.median));
