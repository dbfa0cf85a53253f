/** The contract of receivers: OpenTelemetry of other programs goes into a store. */
import type { OtlpLog, OtlpSpan } from "../core/otlp.ts";

/** What became of the spans or logs of one request; OTLP answers it as a partial success. */
export interface IngestReport {
  /** Items that are stored. */
  readonly accepted: number;
  /** Items that were refused for what they are: sending them again would change nothing. */
  readonly rejected: number;
  /** Why the first of them was refused. Absent where none was. */
  readonly problem?: string;
}

/** What a receiver took so far. */
export interface IngestTotals {
  /** Traces that were not in the store before. */
  readonly traces: number;
  /** Spans that were stored; a span that was sent twice counts twice. */
  readonly spans: number;
  /** Rewards that were stored, counted as the spans are. */
  readonly rewards: number;
  /** Spans and logs that were refused. */
  readonly rejected: number;
  /** Why the first of them was refused. Absent where none was. */
  readonly problem?: string;
}

export interface SpanIngest {
  /** Resolves when the spans are durable. @throws the store's error; then the same request may be sent again */
  spans(spans: readonly OtlpSpan[]): Promise<IngestReport>;
  /** Takes log records, which carry OpenTelemetry's events, in the same way. */
  logs(logs: readonly OtlpLog[]): Promise<IngestReport>;
  /** Completes the traces whose root span never came. Resolves when that is durable. */
  drain(): Promise<void>;
  totals(): IngestTotals;
}
