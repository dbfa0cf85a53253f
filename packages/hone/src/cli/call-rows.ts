/** Calls of models and tools as rows that are appended when a call ends. */
import type { Span } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import { fitted, padded, shownLine } from "./shown-text.ts";
import { columnsOf, millisecondsText } from "./trace-table.ts";
import type { Terminal } from "./terminal.ts";

/** Calls are what rows tell of; the other kinds are parts of them or verdicts. */
export const isCall = (span: Span): boolean => span.kind === "prompt" || span.kind === "tool";

const [TIME, AGENT, KIND, NAME, NUMBER] = [8, 16, 6, 24, 7] as const;

type Cells = readonly [string, string, string, string, string, string, string, string];

/** The rows are as wide as the terminal at most; an error takes what is left. */
function rowText(cells: Cells, stream: NodeJS.WriteStream): string {
  const [time, agent, kind, name, input, output, took, error] = cells;
  const parts = [
    padded(time, TIME),
    padded(fitted(agent, AGENT), AGENT),
    padded(kind, KIND),
    padded(fitted(name, NAME), NAME),
    input.padStart(NUMBER),
    output.padStart(NUMBER),
    took.padStart(NUMBER + 1),
    error,
  ];
  return fitted(parts.join("  ").trimEnd(), columnsOf(stream));
}

export function callHead(terminal: Terminal, on: "stdout" | "stderr"): string {
  const cells: Cells = ["time", "agent", "kind", "model or tool", "tok in", "tok out", "took", ""];
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
  const name = span.kind === "tool" ? span.toolName : span.kind === "prompt" ? span.model : "";
  const cells: Cells = [
    clockText(endedAt ?? startedAt),
    shownLine(span.agent ?? trace.agent),
    span.kind,
    shownLine(name ?? span.name ?? ""),
    usage === undefined ? "" : String(usage.input),
    usage === undefined ? "" : String(usage.output),
    endedAt === undefined ? "no end" : millisecondsText(endedAt - startedAt),
    error === undefined ? "" : shownLine(`✗ ${error.message}`),
  ];
  const text = rowText(cells, terminal.streams[on]);
  return error === undefined ? text : terminal.style("red", text, on);
}

/** The time of day as the clock on the wall has it, since rows are read while they come. */
export function clockText(time: number): string {
  const date = new Date(time);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** A row for programs. */
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
