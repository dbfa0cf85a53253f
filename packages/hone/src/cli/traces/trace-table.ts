/** Lists of traces as tables that fit the terminal. */
import { latencyOf, tokensOf, type TraceSummary } from "../../core/trace-summary.ts";
import { fittedTable, type TableColumn } from "../terminal/fitted-table.ts";
import { fitted, shownLine } from "../terminal/shown-text.ts";
import type { OutputStream, Terminal } from "../terminal/terminal.ts";

/** Columns where nobody says how many there are: a pipe. */
const PIPE_COLUMNS = 160;

export const columnsOf = (stream: OutputStream): number =>
  // Terminals that do not know their width say 0.
  stream.isTTY ? Math.max(40, stream.columns || 80) : PIPE_COLUMNS;

/**
 * Ids as they are shown and typed: of those made at random the first ten digits, or as many more as tell them apart here.
 * Of 100,000 random ids two begin with the same ten digits once in two hundred stores.
 */
function shortIds(ids: readonly string[]): Map<string, string> {
  const random = ids.filter((id) => /^[0-9a-f-]{32,36}$/.test(id));
  let length = 10;
  while (length < 36 && new Set(random.map((id) => id.slice(0, length))).size < random.length)
    length++;
  return new Map(ids.map((id) => [id, random.includes(id) ? id.slice(0, length) : id]));
}

export const shortId = (id: string): string => shortIds([id]).get(id)!;

/** "2025-01-09 12:00:00" in UTC. */
export const timeText = (time: number): string =>
  new Date(time).toISOString().slice(0, 19).replace("T", " ");

/** "340 ms", "1.24 s", "3 m 05 s", "2 h 10 m" */
export function millisecondsText(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} m`;
}

/** At most four digits behind the point, none that say nothing. */
export const rewardText = (reward: number | undefined): string =>
  reward === undefined ? "" : String(Number(reward.toFixed(4)));

/** "–" where nobody counted: no call of a model takes no token at all. */
export const tokensText = (count: number): string => (count === 0 ? "–" : String(count));

/** "40 s ago", "5 m ago", "2 h ago", "3 d ago" */
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

/** From so many columns on dates and states are written out. */
const WIDE = 120;

const columnsOfTable = (isWide: boolean): readonly TableColumn[] => [
  { head: "id" },
  { head: isWide ? "started (UTC)" : "UTC" },
  { head: "agent", minWidth: 6, rank: 3 },
  { head: "task", minWidth: 8 },
  { head: "status" },
  { head: "spans", isNumber: true, rank: 1 },
  { head: "tokens", isNumber: true, rank: 2 },
  { head: "latency", isNumber: true, rank: 4 },
  { head: "reward", isNumber: true, rank: 5 },
];

export interface TraceTableOptions {
  /** When running traces that have been silent were last heard of; Unix milliseconds. */
  readonly quiet?: ReadonlyMap<string, number>;
  /** Default: now. */
  readonly now?: number;
}

/** The table of a page, its head first. The task takes what room the others leave. */
export function traceTable(
  traces: readonly TraceSummary[],
  terminal: Terminal,
  { quiet = new Map(), now = Date.now() }: TraceTableOptions = {},
): string[] {
  const ids = shortIds(traces.map(({ id }) => id));
  const width = columnsOf(terminal.streams.stdout);
  const isWide = width >= WIDE;
  const rows = traces.map((trace) => {
    const [id, seen] = [ids.get(trace.id)!, quiet.get(trace.id)];
    return rowOf(trace, { id, seen, isWide, now });
  });
  const [head = "", ...lines] = fittedTable(columnsOfTable(isWide), rows, width);
  return [terminal.style("bold", head), ...lines];
}

interface RowOptions {
  readonly id: string;
  readonly seen: number | undefined;
  readonly isWide: boolean;
  readonly now: number;
}

function rowOf(trace: TraceSummary, { id, seen, isWide, now }: RowOptions): string[] {
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
    latency === undefined ? "" : millisecondsText(latency),
    rewardText(trace.reward),
  ];
}

/** The time of day for today, else the date without its year, in UTC: "12:00:05", "01-09 12:00". */
function shortTimeText(time: number, now: number): string {
  const text = timeText(time);
  if (text.slice(0, 10) === timeText(now).slice(0, 10)) return text.slice(11);
  return text.slice(5, 16);
}
