/** Errors of OpenTelemetry: requests that come in, spans that go out. */
import type { OptionNaming } from "../option-naming.ts";

export const telemetryErrors = {
  OTLP_INVALID: (f: { problem: string }) => ({
    what: `The OTLP request cannot be read: ${f.problem}.`,
    fix: "Send ExportTraceServiceRequest or ExportLogsServiceRequest as protobuf (content type application/x-protobuf) or as JSON (application/json), whole and at most gzipped.",
  }),
  OTLP_TOO_LARGE: (f: { limitBytes: number }) => ({
    what: `The body of the request is larger than the limit of ${f.limitBytes} bytes, which counts what it holds once it is decompressed.`,
    fix: "Send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), or let the endpoint take more: `npx hone collect --max-size`, or `requestBytes` of collect().",
  }),
  OTLP_TYPE_UNKNOWN: (f: { header: string; got: string; expected: string }) => ({
    what: `The request's ${f.header} is ${f.got}; it must be ${f.expected}.`,
    fix: "Set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json; this endpoint does not speak gRPC.",
  }),
  OTLP_PATH_UNKNOWN: (f: { method: string; path: string }) => ({
    what: `This endpoint does not answer ${f.method} ${f.path}.`,
    fix: "POST spans to /v1/traces and events to /v1/logs. Metrics are not kept: set OTEL_METRICS_EXPORTER=none.",
  }),
  OTLP_BUSY: (f: { limitBytes: number }) => ({
    what: `The endpoint is busy: the requests under way take all of the ${f.limitBytes} bytes that it allows.`,
    fix: "Send the request again after the time that Retry-After names; exporters do that by themselves.",
  }),
  COLLECT_HOST_REFUSED: (f: { host: string }) => ({
    what: `The request is refused: it asks for the host ${f.host}, and without a key only this machine's own name is answered.`,
    fix: "Send to 127.0.0.1 or localhost, or start the endpoint with a key (HONE_COLLECT_KEY).",
  }),
  COLLECT_DENIED: (f: { problem: string }) => ({
    what: `The request is refused: ${f.problem}.`,
    fix: 'Send the key of `npx hone collect` in a header: OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer <key>".',
  }),
  COLLECTOR_VARIABLE_MISSING: (f: { variable: string }) => ({
    what: `The environment variable ${f.variable} is not set, which this collector needs.`,
    fix: `Set ${f.variable}, or give the collector's address instead of its name and its headers in OTEL_EXPORTER_OTLP_HEADERS.`,
  }),
  COLLECT_KEY_MISSING: (f: { host: string }, option: OptionNaming) => ({
    what: `The endpoint was to listen on ${f.host}, where other machines reach it, without a key.`,
    fix: `Give it a long random text as key (HONE_COLLECT_KEY for \`npx hone collect\`, \`key\` for collect()) and give the senders the same, or leave ${option("host")} out to listen on 127.0.0.1.`,
  }),
  LISTEN_FAILED: (f: { host: string; port: number; reason: string }, option: OptionNaming) => ({
    what: `The endpoint cannot listen on ${f.host}, port ${f.port}: ${f.reason}.`,
    fix: `End the program that uses the port, or choose another port with ${option("port")} (0 takes a free one).`,
  }),
  OTLP_NOT_SENT: (f: { url: string; reason: string; seconds: number }) => ({
    what: `${f.url} accepted no spans within ${f.seconds} s: ${f.reason}.`,
    fix: "Check that a collector for OTLP over HTTP listens there (port 4318 by custom) and that the headers hold its key.",
  }),
  OTLP_REFUSED: (f: { url: string; reason: string }) => ({
    what: `${f.url} refused the spans, and would refuse them again: ${f.reason}.`,
    fix: "Check the address, the headers and the log of the collector.",
  }),
  OTLP_PARTLY_REFUSED: (f: { refused: number; reason: string }) => ({
    what: `The collector took the request but refused ${f.refused} of its spans: ${f.reason}.`,
    fix: "The refused spans are not stored there. Mend what the reason names and send the traces again; spans that were taken are stored once.",
  }),
} as const;
