/** The entrance `hone-rl/otel`: spans of OpenTelemetry into a store, and ours to any collector. */
export { collect, type Collecting, type CollectSettings } from "./app/serving/collector.ts";
export {
  exportToCollector,
  openOtlpTracing,
  type OtlpExportOptions,
  type OtlpExportReport,
  type OtlpTracingOptions,
} from "./app/traces/otlp-export.ts";
export type { CollectorOptions } from "./otel/send-spans.ts";
export type { OtlpWriterOptions } from "./otel/otlp-writer.ts";
export type { IngestReport, IngestTotals } from "./ports/span-ingest.ts";
