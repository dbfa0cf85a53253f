/** Calls of models and tools as rows of text. A row is printed when its call ends. */
import { clockText } from "../../core/time-text.ts";
import type { Span } from "../../core/span.ts";
import type { Trace } from "../../core/trace.ts";
import { fitted, padded, shownLine } from "../terminal/shown-text.ts";
import { columnsOf, millisecondsText } from "./trace-table.ts";
import type { OutputStream, Terminal } from "../terminal/terminal.ts";

/** Whether a span is a call, and so gets a row. Spans of other kinds are parts of calls, or rewards. */
export const isCall = (span: Span): boolean => span.kind === "prompt" || span.kind === "tool";

/** Whether a model's call succeeded without a count of its tokens, as some streams do. */
export const isUncounted = (span: Span): boolean =>
  span.kind === "prompt" &&
  span.usage === undefined &&
  span.error === undefined &&
  span.endedAt !== undefined;

type Cells = readonly [string, string, string, string, string, string, string, string];

/** Widths of the columns, in characters. */
interface Widths {
  readonly agent: number;
  readonly name: number;
  /** 0: the columns of tokens are left out. */
  readonly tokens: number;
  readonly gap: number;
}

/** The widths for a terminal of so many columns. They cannot depend on the rows, which come one by one. */
function widthsOf(columns: number): Widths {
  if (columns >= 120) return { agent: 16, name: 24, tokens: 7, gap: 2 };
  if (columns >= 76) return { agent: 10, name: 14, tokens: 7, gap: 1 };
  return columns >= 56
    ? { agent: 8, name: 10, tokens: 0, gap: 1 }
    : { agent: 6, name: 7, tokens: 0, gap: 1 };
}

/** A row, no wider than the terminal. The error is last and is cut where there is no room. */
function rowText(cells: Cells, stream: OutputStream): string {
  const columns = columnsOf(stream);
  const widths = widthsOf(columns);
  const [time, agent, kind, name, input, output, took, error] = cells;
  const parts = [
    time,
    padded(fitted(agent, widths.agent), widths.agent),
    padded(kind, 6),
    padded(fitted(name, widths.name), widths.name),
    ...(widths.tokens === 0 ? [] : [input, output].map((one) => one.padStart(widths.tokens))),
    took.padStart(8),
    error,
  ];
  return fitted(parts.join(" ".repeat(widths.gap)).trimEnd(), columns);
}

export function callHead(terminal: Terminal, on: "stdout" | "stderr"): string {
  const cells: Cells = [
    "UTC time",
    "agent",
    "kind",
    "model or tool",
    "tok in",
    "tok out",
    "took",
    "",
  ];
  return terminal.style("bold", rowText(cells, terminal.streams[on]), on);
}

export function callRow(
  span: Span,
  trace: Trace,
  terminal: Terminal,
  on: "stdout" | "stderr",
): string {
  const { endedAt, startedAt, error } = span;
  const usage = span.kind === "prompt" ? span.usage : undefined;
  const unknown = span.kind === "prompt" ? "–" : "";
  const name = span.kind === "tool" ? span.toolName : span.kind === "prompt" ? span.model : "";
  const cells: Cells = [
    clockText(endedAt ?? startedAt),
    shownLine(span.agent ?? trace.agent),
    span.kind,
    shownLine(name ?? span.name ?? ""),
    usage === undefined ? unknown : String(usage.input),
    usage === undefined ? unknown : String(usage.output),
    endedAt === undefined ? "no end" : millisecondsText(endedAt - startedAt),
    error === undefined ? "" : shownLine(`✗ ${error.message}`),
  ];
  const text = rowText(cells, terminal.streams[on]);
  return error === undefined ? text : terminal.style("red", text, on);
}

/** The facts of a call, for `--json`. */
export function callFact(span: Span, trace: Trace): Record<string, unknown> {
  const { id, kind, startedAt, endedAt, error } = span;
  return {
    event: "call",
    trace: trace.id,
    span: id,
    agent: span.agent ?? trace.agent,
    kind,
    ...(span.kind === "tool" ? { tool: span.toolName } : {}),
    ...(span.kind === "prompt" && span.model !== undefined ? { model: span.model } : {}),
    ...(span.kind === "prompt" && span.usage !== undefined ? { tokens: span.usage } : {}),
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt, ms: endedAt - startedAt }),
    ...(error === undefined ? {} : { error }),
  };
}
