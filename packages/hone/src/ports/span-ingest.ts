/** Takes the telemetry of other programs into a store. */
import type { OtlpLog, OtlpSpan } from "../core/otlp.ts";

/** What became of a request, as OTLP's partial success has it. */
export interface IngestReport {
  readonly accepted: number;
  /** Refused for what they are; sending them again would change nothing. */
  readonly rejected: number;
  /** Why the first of them was refused. */
  readonly problem?: string;
}

/** How much was taken so far. */
export interface IngestTotals {
  /** Those that were not there before. */
  readonly traces: number;
  /** Taken and stored; what was sent again counts again. */
  readonly spans: number;
  /** As the spans. */
  readonly rewards: number;
  readonly rejected: number;
}

export interface SpanIngest {
  /** Resolves when the spans are durable. @throws the store's error; then the request may be sent again */
  spans(spans: readonly OtlpSpan[]): Promise<IngestReport>;
  /** The same for log records, which OpenTelemetry's events are. */
  logs(logs: readonly OtlpLog[]): Promise<IngestReport>;
  /** Completes traces whose root never came, and resolves when that is durable. */
  drain(): Promise<void>;
  totals(): IngestTotals;
}
