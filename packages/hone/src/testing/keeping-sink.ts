/** A sink that keeps what it is given, for tests of what is recorded. */
import type { Span } from "../core/span.ts";
import type { TraceHead } from "../core/trace.ts";
import type { SinkReport, SpanSink } from "../ports/tracer.ts";

export interface KeepingSink extends SpanSink {
  /** In the order they came: every head of a trace, from its start to its end. */
  readonly heads: readonly TraceHead[];
  readonly spans: readonly Span[];
}

/** An empty one. @example const sink = keepingSink(); const tracer = createTracer({ sink }); */
export function keepingSink(): KeepingSink {
  const heads: TraceHead[] = [];
  const spans: Span[] = [];
  const report = (): SinkReport => ({ written: spans.length, waiting: 0, dropped: 0 });
  return {
    heads,
    spans,
    head: (head) => void heads.push(head),
    span: (span) => void spans.push(span),
    flush: async () => report(),
    report,
  };
}
