/**
 * Spans as OpenTelemetry has them (OTLP 1.x, trace.proto and logs.proto), as plain data: what comes in over the wire before
 * anyone has asked what it means, and what goes out.
 */
import type { JsonValue } from "./json.ts";

export type OtlpAttributes = Readonly<Record<string, JsonValue>>;

/** Who sent spans: a process with its service, host and SDK. */
export interface OtlpResource {
  readonly attributes: OtlpAttributes;
}

/** Which instrumentation made spans. */
export interface OtlpScope {
  readonly name: string;
  readonly version?: string;
  readonly attributes?: OtlpAttributes;
}

export interface OtlpEvent {
  readonly name: string;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly attributes: OtlpAttributes;
}

export interface OtlpLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: OtlpAttributes;
}

/** Codes of `Status`. */
export const otlpStatus = { unset: 0, ok: 1, error: 2 } as const;

/** Names of `SpanKind`, by their number. */
export const otlpKinds = [
  "unspecified",
  "internal",
  "server",
  "client",
  "producer",
  "consumer",
] as const;

export interface OtlpSpan {
  /** 32 hex digits in lower case, as far as the sender kept to the rules. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** "" at a root. */
  readonly parentSpanId: string;
  readonly traceState?: string;
  readonly name: string;
  /** Place in `otlpKinds`. */
  readonly kind: number;
  /** Nanoseconds since 1970; 0 where the sender does not say. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: OtlpAttributes;
  readonly events: readonly OtlpEvent[];
  readonly links: readonly OtlpLink[];
  readonly status: { readonly code: number; readonly message: string };
  /** How many attributes, events and links the sender left out. */
  readonly dropped: number;
  readonly resource: OtlpResource;
  readonly scope: OtlpScope;
}

/** A log record; OpenTelemetry sends events this way. */
export interface OtlpLog {
  readonly traceId: string;
  readonly spanId: string;
  /** The event's name, or "". */
  readonly eventName: string;
  readonly time: bigint;
  readonly severity: string;
  readonly body: JsonValue;
  readonly attributes: OtlpAttributes;
  readonly resource: OtlpResource;
  readonly scope: OtlpScope;
}

/** What one request held. */
export interface OtlpBatch<Item> {
  readonly items: readonly Item[];
  /** Texts that were no UTF-8; what could not be read of them is U+FFFD. */
  readonly repairedTexts: number;
}

/** 32 hex digits that are not all zero. */
export const isTraceId = (id: string): boolean => /^(?!0{32})[0-9a-f]{32}$/.test(id);

/** 16 hex digits that are not all zero. */
export const isSpanId = (id: string): boolean => /^(?!0{16})[0-9a-f]{16}$/.test(id);
