/** A sink for tests of what is recorded. */
import type { Span } from "../core/span.ts";
import type { TraceHead } from "../core/trace.ts";
import type { SinkReport, SpanSink } from "../ports/tracer.ts";

/** A sink that keeps everything in memory. */
export interface KeepingSink extends SpanSink {
  /** Every head in the order in which they came: at least one at a trace's start and one at its end. */
  readonly heads: readonly TraceHead[];
  /** Every span in the order in which they ended. */
  readonly spans: readonly Span[];
}

/** Makes a sink that has kept nothing so far. @example const sink = keepingSink(); const tracer = createTracer({ sink }); */
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
