/** The raw bodies of requests, kept from spans of apps that keep what is said out of telemetry. */
import type { OpenSpan } from "../ports/tracer.ts";

/** The span as the tap on `fetch` is to see it. */
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
