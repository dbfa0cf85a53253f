/** Traces and spans that are not recorded: their methods work and do nothing. */
import type { SpanKind } from "../core/span.ts";
import type { OpenSpan, OpenTrace } from "../ports/tracer.ts";

/** A span that is not recorded, with an empty id. `traceId` is "" outside of any trace. */
export const silentSpan = <K extends SpanKind>(traceId: string): OpenSpan<K> => ({
  id: "",
  traceId,
  set: () => undefined,
  end: () => undefined,
  fail: () => undefined,
});

/** A trace that sampling left out. */
export const silentTrace = (id: string): OpenTrace => ({
  id,
  isRecorded: false,
  span: () => silentSpan(id),
  label: () => undefined,
  end: () => undefined,
});
