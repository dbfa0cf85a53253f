/** Spans of OpenTelemetry for tests. */
import type { OtlpSpan } from "../core/otlp.ts";

/** 2025-01-09T12:00:00Z in nanoseconds. */
export const noon = 1_736_424_000_000_000_000n;
export const traceId = "0af7651916cd43dd8448eb211c80319c";
export const resource = {
  attributes: { "service.name": "shop", "telemetry.sdk.language": "nodejs" },
};

const scope = { name: "test" };

/**
 * A span with the given fields; the others have plain values.
 *
 * @param at  the start in ms after noon; the end is 5 ms later. Default 0
 */
export function otlpSpan(given: Partial<OtlpSpan> & { readonly at?: number }): OtlpSpan {
  const { at = 0, ...fields } = given;
  const start = noon + BigInt(at) * 1_000_000n;
  return {
    traceId,
    spanId: "00f067aa0ba902b7",
    parentSpanId: "",
    name: "",
    kind: 1,
    start,
    end: start + 5_000_000n,
    attributes: {},
    events: [],
    links: [],
    status: { code: 0, message: "" },
    dropped: 0,
    resource,
    scope,
    ...fields,
  };
}
