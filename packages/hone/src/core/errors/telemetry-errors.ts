/** Errors of OpenTelemetry: requests that come in, spans that go out. */
export const telemetryErrors = {
  OTLP_INVALID: (f: { problem: string }) => ({
    what: `The OTLP request cannot be read: ${f.problem}.`,
    fix: "Send ExportTraceServiceRequest or ExportLogsServiceRequest as protobuf (content type application/x-protobuf) or as JSON (application/json), whole and at most gzipped.",
  }),
  OTLP_TOO_LARGE: (f: { limitBytes: number; what: string }) => ({
    what: `The request has more than ${f.limitBytes} bytes ${f.what}.`,
    fix: "Send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), or allow more with --max-size.",
  }),
  OTLP_TYPE_UNKNOWN: (f: { header: string; got: string; expected: string }) => ({
    what: `The request's ${f.header} is ${f.got}; it must be ${f.expected}.`,
    fix: "Set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json; gRPC is not spoken here.",
  }),
  OTLP_PATH_UNKNOWN: (f: { method: string; path: string }) => ({
    what: `Nothing is taken by ${f.method} ${f.path}.`,
    fix: "POST spans to /v1/traces and events to /v1/logs; metrics are not kept, so set OTEL_METRICS_EXPORTER=none.",
  }),
  OTLP_BUSY: (f: { limitBytes: number }) => ({
    what: `Requests under way fill the ${f.limitBytes} bytes there are for them.`,
    fix: "Send the request again after the time that Retry-After names; exporters do that by themselves.",
  }),
  COLLECT_DENIED: (f: { problem: string }) => ({
    what: `The request is refused: ${f.problem}.`,
    fix: 'Send the key of `npx hone collect` in a header: OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer <key>".',
  }),
  COLLECT_KEY_MISSING: (f: { host: string }) => ({
    what: `npx hone collect was asked to listen on ${f.host}, where other machines reach it, without a key.`,
    fix: "Set HONE_COLLECT_KEY to a long random text and give it to the senders, or leave --host out to listen on 127.0.0.1.",
  }),
  LISTEN_FAILED: (f: { host: string; port: number; reason: string }) => ({
    what: `Nothing can listen on ${f.host}, port ${f.port}: ${f.reason}.`,
    fix: "End the program that holds the port, or give another one with --port (0 takes a free one).",
  }),
  OTLP_NOT_SENT: (f: { url: string; reason: string; seconds: number }) => ({
    what: `${f.url} took no spans within ${f.seconds} s: ${f.reason}.`,
    fix: "Check that a collector for OTLP over HTTP listens there (port 4318 by custom) and that the headers hold its key.",
  }),
  OTLP_REFUSED: (f: { url: string; reason: string }) => ({
    what: `${f.url} refused spans for good: ${f.reason}.`,
    fix: "Check the address, the headers and the collector's log; sending the same again would change nothing.",
  }),
} as const;
