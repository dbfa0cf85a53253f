/**
 * OpenTelemetry's spans and logs as plain data (OTLP 1.x, trace.proto and logs.proto): what was read from the wire and is not
 * interpreted yet, and what is sent.
 */
import type { JsonValue } from "./json.ts";

export type OtlpAttributes = Readonly<Record<string, JsonValue>>;

/** The sender of spans: a process with its service, host and SDK. */
export interface OtlpResource {
  readonly attributes: OtlpAttributes;
}

/** The instrumentation that made spans. */
export interface OtlpScope {
  readonly name: string;
  readonly version?: string;
  readonly attributes?: OtlpAttributes;
}

/** Something that happened in the course of a span. */
export interface OtlpEvent {
  readonly name: string;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly attributes: OtlpAttributes;
}

/** A span's reference to another span. */
export interface OtlpLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: OtlpAttributes;
}

/** Codes of a span's status. */
export const otlpStatus = { unset: 0, ok: 1, error: 2 } as const;

/** The names of OpenTelemetry's kinds of spans, in the order of their numbers. */
export const otlpKinds = [
  "unspecified",
  "internal",
  "server",
  "client",
  "producer",
  "consumer",
] as const;

/** A span. */
export interface OtlpSpan {
  /** 32 hex digits in lower case, where the sender follows the specification. */
  readonly traceId: string;
  /** 16 hex digits, where the sender follows the specification. */
  readonly spanId: string;
  /** The span it is a part of; "" at a root. */
  readonly parentSpanId: string;
  readonly traceState?: string;
  readonly name: string;
  /** The kind's number: an index of `otlpKinds`. */
  readonly kind: number;
  /** Nanoseconds since 1970; 0 where the sender does not say. */
  readonly start: bigint;
  /** Nanoseconds since 1970; 0 where the sender does not say. */
  readonly end: bigint;
  readonly attributes: OtlpAttributes;
  readonly events: readonly OtlpEvent[];
  readonly links: readonly OtlpLink[];
  readonly status: { readonly code: number; readonly message: string };
  /** Attributes, events and links that the sender left out, together. */
  readonly dropped: number;
  readonly resource: OtlpResource;
  readonly scope: OtlpScope;
}

/** A log record, the form in which OpenTelemetry sends events. */
export interface OtlpLog {
  readonly traceId: string;
  readonly spanId: string;
  /** The event's name; "" for a log record that is no event. */
  readonly eventName: string;
  /** Nanoseconds since 1970; 0 where the sender does not say. */
  readonly time: bigint;
  readonly severity: string;
  readonly body: JsonValue;
  readonly attributes: OtlpAttributes;
  readonly resource: OtlpResource;
  readonly scope: OtlpScope;
}

/** The spans or logs of one request. */
export interface OtlpBatch<Item> {
  readonly items: readonly Item[];
  /** Texts that were not valid UTF-8: their unreadable bytes were replaced by U+FFFD. */
  readonly repairedTexts: number;
  /** Why items of the request could not be read: one reason for each of them. They are not in `items`. */
  readonly rejected: readonly string[];
}

/** True for 32 hex digits that are not all zero. */
export const isTraceId = (id: string): boolean => /^(?!0{32})[0-9a-f]{32}$/.test(id);

/** True for 16 hex digits that are not all zero. */
export const isSpanId = (id: string): boolean => /^(?!0{16})[0-9a-f]{16}$/.test(id);
