/** Keeps the raw bodies of requests out of the spans of apps that keep messages out of their telemetry. */
import type { OpenSpan } from "../ports/tracer.ts";

/** The same span, which ignores raw bodies that are set on it. */
export const withoutBodies = (span: OpenSpan<"prompt">): OpenSpan<"prompt"> => ({
  id: span.id,
  traceId: span.traceId,
  set: (attributes) => {
    const kept = Object.entries(attributes).filter(([key]) => !/\.body\b/.test(key));
    span.set(Object.fromEntries(kept));
  },
  end: (known) => span.end(known),
  fail: (error) => span.fail(error),
});
