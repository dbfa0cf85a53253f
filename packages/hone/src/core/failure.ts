/** What went wrong, where and when: an error of a trace, or of one of its spans. */
import type { Span, SpanKind, TraceError } from "./span.ts";
import type { Trace, TraceHead } from "./trace.ts";

/** An error of a trace, or of a span of it. */
export interface Failure {
  readonly traceId: string;
  /** Start of the trace, in Unix milliseconds. */
  readonly startedAt: number;
  /** The agent whose work failed: the span's, else the trace's. */
  readonly agent: string;
  /** The span with the error. Absent where it is the trace's own. */
  readonly spanId?: string;
  readonly kind?: SpanKind;
  /** What failed: a tool, a model, or the span's name. Absent where it has none. */
  readonly name?: string;
  readonly error: TraceError;
  /** Unix milliseconds: the end of the span or trace, else its start. */
  readonly at: number;
}

/** The error of a trace that failed or was cancelled. */
export function failureOfTrace(head: TraceHead): Failure | undefined {
  const { id, agent, status, error, startedAt, endedAt } = head;
  const hasFailed = status === "failed" || status === "cancelled";
  if (error === undefined || !hasFailed) return undefined;
  return { traceId: id, startedAt, agent, error, at: endedAt ?? startedAt };
}

/** The error of a span of a trace. */
export function failureOfSpan(
  span: Span,
  trace: Pick<TraceHead, "agent" | "startedAt">,
): Failure | undefined {
  const { id, traceId, kind, error, endedAt } = span;
  if (error === undefined) return undefined;
  const name = calledBy(span);
  return {
    ...{ traceId, startedAt: trace.startedAt, spanId: id, kind },
    agent: span.agent ?? trace.agent,
    ...(name === undefined ? {} : { name }),
    ...{ error, at: endedAt ?? span.startedAt },
  };
}

function calledBy(span: Span): string | undefined {
  if (span.kind === "tool") return span.toolName;
  return span.kind === "prompt" ? (span.model ?? span.name) : span.name;
}

/** All errors of a trace, as `TraceStore.failures` gives them. */
export function* failuresOf(trace: Trace): Generator<Failure, void> {
  const own = failureOfTrace(trace);
  if (own !== undefined) yield own;
  for (const span of trace.spans) {
    const failure = failureOfSpan(span, trace);
    if (failure !== undefined) yield failure;
  }
}
