/** Lists of traces as tables that fit the terminal. */
import type { RewardSource } from "../../core/rollout.ts";
import { dollars } from "../../core/model-prices.ts";
import { clockText, dayOf } from "../../core/time-text.ts";
import { latencyOf, tokensOf, type TraceSummary } from "../../core/trace-summary.ts";
import { fittedTable, type TableColumn } from "../terminal/fitted-table.ts";
import { fitted, shownLine } from "../terminal/shown-text.ts";
import type { OutputStream, Terminal } from "../terminal/terminal.ts";

/** Width of tables in a pipe, which has no width of its own. */
const PIPE_COLUMNS = 160;

export const columnsOf = (stream: OutputStream): number =>
  // Terminals that do not know their width report 0.
  stream.isTTY ? Math.max(40, stream.columns || 80) : PIPE_COLUMNS;

/**
 * Ids as they are shown and typed: random ids are cut to ten digits, or to as many as tell the ids of this list apart. Among
 * 100,000 random ids, two begin with the same ten digits with a probability of 1 in 200.
 */
function shortIds(ids: readonly string[]): Map<string, string> {
  const random = ids.filter((id) => /^[0-9a-f-]{32,36}$/.test(id));
  let length = 10;
  while (length < 36 && new Set(random.map((id) => id.slice(0, length))).size < random.length)
    length++;
  return new Map(ids.map((id) => [id, random.includes(id) ? id.slice(0, length) : id]));
}

export const shortId = (id: string): string => shortIds([id]).get(id)!;

/** A time in UTC. @example timeText(0); // "1970-01-01 00:00:00" */
export const timeText = (time: number): string => {
  const day = dayOf(time);
  return day === "no date" ? day : `${day} ${clockText(time)}`;
};

/** A length of time: "340 ms", "1.24 s", "3 m 05 s", "2 h 10 m". */
export function millisecondsText(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} m`;
}

/** A reward with at most four decimals and no trailing zeros. */
export const rewardText = (reward: number | undefined): string =>
  reward === undefined ? "" : String(Number(reward.toFixed(4)));

/** A number of tokens; "–" for 0, which means that they were not counted: every call takes tokens. */
export const tokensText = (count: number): string => (count === 0 ? "–" : String(count));

/** How long ago a time was: "40 s ago", "5 m ago", "2 h ago", "3 d ago". */
export function agoText(time: number, now: number): string {
  const seconds = Math.max(0, now - time) / 1000;
  const units = [
    [86_400, "d"],
    [3600, "h"],
    [60, "m"],
  ] as const;
  const [length, name] = units.find(([length]) => seconds >= length) ?? [1, "s"];
  return `${Math.floor(seconds / length)} ${name} ago`;
}

/** From this width on, dates and states are written out. */
const WIDE = 120;

const columnsOfTable = (isWide: boolean, hasCosts: boolean): readonly TableColumn[] => [
  { head: "id" },
  { head: isWide ? "started (UTC)" : "UTC" },
  { head: "agent", minWidth: 6, rank: 3 },
  { head: "task", minWidth: 8 },
  { head: "status" },
  { head: "spans", isNumber: true, rank: 1 },
  { head: "tokens", isNumber: true, rank: 2 },
  ...(hasCosts ? [{ head: "cost", isNumber: true, rank: 3 }] : []),
  { head: "latency", isNumber: true, rank: 4 },
  { head: "reward", isNumber: true, rank: 5 },
];

export interface TraceTableOptions {
  /** The silent ones among running traces: id → last sign, in Unix milliseconds. */
  readonly quiet?: ReadonlyMap<string, number>;
  /** Whose rewards traces count for: id → source. Default: not known. */
  readonly sources?: ReadonlyMap<string, RewardSource>;
  /** The present time, in Unix milliseconds. Default: the clock's. */
  readonly now?: number;
}

/** The table of a page, its head first. The task takes the room that the other columns leave. */
export function traceTable(
  traces: readonly TraceSummary[],
  terminal: Terminal,
  { quiet = new Map(), sources = new Map(), now = Date.now() }: TraceTableOptions = {},
): string[] {
  const ids = shortIds(traces.map(({ id }) => id));
  const width = columnsOf(terminal.streams.stdout);
  const isWide = width >= WIDE;
  const hasCosts = traces.some(({ cost }) => cost !== undefined);
  const rows = traces.map((trace) => {
    const [id, seen] = [ids.get(trace.id)!, quiet.get(trace.id)];
    return rowOf(trace, { id, seen, source: sources.get(trace.id), isWide, hasCosts, now });
  });
  const [head = "", ...lines] = fittedTable(columnsOfTable(isWide, hasCosts), rows, width);
  return [terminal.style("bold", head), ...lines];
}

interface RowOptions {
  readonly id: string;
  readonly seen: number | undefined;
  readonly source: RewardSource | undefined;
  readonly isWide: boolean;
  readonly hasCosts: boolean;
  readonly now: number;
}

function rowOf(trace: TraceSummary, options: RowOptions): string[] {
  const { id, seen, source, isWide, hasCosts, now } = options;
  const latency = latencyOf(trace);
  const { errorCount, startedAt, status } = trace;
  const failures = isWide ? ` (${errorCount} failed)` : ` ✗${errorCount}`;
  const ago = seen === undefined ? "" : agoText(seen, now);
  return [
    shownLine(id),
    isWide ? timeText(startedAt) : shortTimeText(startedAt, now),
    fitted(shownLine(trace.agent), 20),
    shownLine(trace.task),
    seen === undefined ? status : isWide ? `${status}, last seen ${ago}` : `seen ${ago}`,
    `${trace.spanCount}${errorCount === 0 ? "" : failures}`,
    tokensText(tokensOf(trace)),
    ...(hasCosts ? [trace.cost === undefined ? "–" : dollars(trace.cost)] : []),
    latency === undefined ? "" : millisecondsText(latency),
    // Most rewards are of rules, which goes without saying.
    `${rewardText(trace.reward)}${source === undefined || source === "rule" ? "" : ` ${source}`}`,
  ];
}

/** A time in UTC: the time of day if it is today ("12:00:05"), else the date without its year ("01-09 12:00"). */
function shortTimeText(time: number, now: number): string {
  const day = dayOf(time);
  if (day === "no date") return day;
  if (day === dayOf(now)) return clockText(time);
  // Days of years with more than four digits are written whole.
  return day.length > 10 ? day : `${day.slice(5)} ${clockText(time).slice(0, 5)}`;
}
