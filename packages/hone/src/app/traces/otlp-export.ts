/** Sending traces to an OpenTelemetry collector: while they are recorded, or later from a store. */
import { checkOptions, type OptionNames, optionsOf } from "../../core/known-options.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import { headOf } from "../../core/trace.ts";
import type { OtlpSpan } from "../../core/otlp.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import {
  startTracing,
  tracerSettings,
  type TracerSettings,
  type Tracing,
} from "../../recording/start-tracing.ts";
import { type OtlpWriterOptions, otlpWriter } from "../../otel/otlp-writer.ts";
import { plainUrl, sendSpans } from "../../otel/send-spans.ts";
import { otlpOfSpan } from "../../otel/exact-span.ts";
import { otlpResource, spanOfTrace } from "../../otel/to-otlp.ts";

/** What of the traces is recorded (TracerSettings), and to which collector it is sent (OtlpWriterOptions). */
export type OtlpTracingOptions = TracerSettings & OtlpWriterOptions;

/**
 * A tracer whose spans go to a collector instead of a store. Give it to `withTraces` as `tracing`.
 *
 * @throws OPTION_INVALID for an address that is not http or https, or a setting out of its range
 * @example const agent = withTraces(myAgent, { tracing: openOtlpTracing({ url: "http://127.0.0.1:4318" }) });
 */
export function openOtlpTracing(options: OtlpTracingOptions): Tracing {
  checkOptions("openOtlpTracing", options, tracingOptions);
  const settings = process.env["HONE_TRACES"] === "off" ? { ...options, sampleRate: 0 } : options;
  return optionsOf("openOtlpTracing", () =>
    startTracing(() => otlpWriter(options), `otlp ${plainUrl(options.url)}`, settings),
  );
}

const writerOptions: OptionNames<OtlpWriterOptions> = {
  url: true,
  headers: true,
  encoding: true,
  gzip: true,
  timeoutMs: true,
  serviceName: true,
};

const tracingOptions: OptionNames<OtlpTracingOptions> = { ...writerOptions, ...tracerSettings };

/** Which traces are sent, and how. */
export interface OtlpExportOptions extends OtlpWriterOptions {
  /** Which traces of the store are sent. Default: all. */
  readonly filter?: TraceFilter;
  /** Stops the export. */
  readonly signal?: AbortSignal;
}

const exportOptions: OptionNames<OtlpExportOptions> = {
  ...writerOptions,
  filter: true,
  signal: true,
};

/** What an export has sent. */
export interface OtlpExportReport {
  /** Number of traces sent. */
  readonly traces: number;
  /** Number of spans sent, without those that stand for a trace. */
  readonly spans: number;
  /** Number of spans that the collector refused for what they are, those that stand for a trace among them. */
  readonly refused: number;
  /** Why the first of them was refused, in the collector's words. Absent where none was. */
  readonly problem?: string;
}

/** Number of spans sent in one request. */
const spansPerRequest = 512;

/**
 * Sends the traces of a store to a collector, in the order of their start; memory does not grow with their number.
 * Sending the same traces again sends the same ids, so a collector that goes by ids, such as `hone collect`, stores them once.
 *
 * @param options  the collector and how to send; `filter`: which traces, default all; `signal`: stops sending
 * @throws OPTION_INVALID; OTLP_REFUSED when the collector refuses spans for good, OTLP_NOT_SENT when it does not take them in time, CANCELLED
 * after the signal; the store's errors
 * @example await exportToCollector(store, { url: "http://127.0.0.1:4318", filter: { tag: "nightly" } });
 */
export async function exportToCollector(
  store: TraceStore,
  options: OtlpExportOptions,
): Promise<OtlpExportReport> {
  checkOptions("exportToCollector", options, exportOptions);
  const { filter, signal, serviceName = "hone" } = options;
  const resource = otlpResource(serviceName);
  let waiting: OtlpSpan[] = [];
  let [traces, spans, refused] = [0, 0, 0];
  let problem: string | undefined;
  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    const { rejected, message } = await sendSpans(batch, options, signal);
    refused += rejected;
    if (rejected > 0) problem ??= message;
  };
  for await (const trace of store.traces(filter)) {
    // A trace that still runs is sent with its head, too: it may never be sent again after it has ended.
    waiting.push(spanOfTrace(headOf(trace), resource));
    for (const span of trace.spans) {
      waiting.push(otlpOfSpan(span, resource));
      if (waiting.length >= spansPerRequest) await flush();
    }
    traces++;
    spans += trace.spans.length;
  }
  await flush();
  return { traces, spans, refused, ...(problem === undefined ? {} : { problem }) };
}
