/** Lists of traces as tables that fit the terminal. */
import { latencyOf, tokensOf, type TraceSummary } from "../core/trace-summary.ts";
import { fitted, padded, shownLine, shownWidth } from "./shown-text.ts";
import type { Terminal } from "./terminal.ts";

/** Columns where nobody says how many there are: a pipe. */
const PIPE_COLUMNS = 160;

export const columnsOf = (stream: NodeJS.WriteStream): number =>
  stream.isTTY ? Math.max(40, stream.columns) : PIPE_COLUMNS;

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

const HEAD = [
  "id",
  "started (UTC)",
  "agent",
  "task",
  "status",
  "spans",
  "tokens",
  "latency",
  "reward",
];
const NUMBERS_FROM = 5;
const TASK = 3;
const LEAST_TASK = 16;

/** The table of a page, its head first. The task takes what room the others leave. */
export function traceTable(traces: readonly TraceSummary[], terminal: Terminal): string[] {
  const ids = shortIds(traces.map(({ id }) => id));
  const rows = traces.map((trace) => rowOf(trace, ids.get(trace.id)!));
  const cells = [HEAD, ...rows];
  const widths = HEAD.map((_, i) => Math.max(...cells.map((row) => shownWidth(row[i]!))));
  const columns = columnsOf(terminal.streams.stdout);
  const others = widths.reduce((sum, width, i) => sum + (i === TASK ? 0 : width), 0);
  const gaps = 2 * (HEAD.length - 1);
  widths[TASK] = Math.min(widths[TASK]!, Math.max(LEAST_TASK, columns - others - gaps));
  return cells.map((row, i) => {
    const line = row.map((cell, column) => cellText(cell, widths[column]!, column));
    const text = fitted(line.join("  ").trimEnd(), columns);
    return i === 0 ? terminal.style("bold", text) : text;
  });
}

const cellText = (cell: string, width: number, column: number): string =>
  column >= NUMBERS_FROM ? cell.padStart(width) : padded(fitted(cell, width), width);

function rowOf(trace: TraceSummary, id: string): string[] {
  const latency = latencyOf(trace);
  const failures = trace.errorCount === 0 ? "" : ` (${trace.errorCount} failed)`;
  return [
    shownLine(id),
    timeText(trace.startedAt),
    fitted(shownLine(trace.agent), 20),
    shownLine(trace.task),
    trace.status,
    `${trace.spanCount}${failures}`,
    String(tokensOf(trace)),
    latency === undefined ? "" : millisecondsText(latency),
    rewardText(trace.reward),
  ];
}
