/** A trace that sampling left out, and a span of no trace: everything works and nothing is recorded. */
import type { SpanKind } from "../core/span.ts";
import type { OpenSpan, OpenTrace } from "../ports/tracer.ts";

export const silentSpan = <K extends SpanKind>(traceId: string): OpenSpan<K> => ({
  id: "",
  traceId,
  set: () => undefined,
  end: () => undefined,
  fail: () => undefined,
});

export const silentTrace = (id: string): OpenTrace => ({
  id,
  isRecorded: false,
  span: () => silentSpan(id),
  end: () => undefined,
});
