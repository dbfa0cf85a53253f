/** Who makes traces and spans, and where finished ones go. None of this throws into the agent, and none of it waits. */
import type { JsonValue } from "../core/json.ts";
import type { Span, SpanKind, SpanOf, TraceError } from "../core/span.ts";
import type { TraceHead, TraceStatus } from "../core/trace.ts";

/** What the tracer fills in itself. */
type Filled = "id" | "traceId" | "parentId" | "sequence" | "startedAt" | "endedAt" | "attributes";

/** What is known of a span at its start; `parentId` absent: the span around it, if any. */
export type SpanStart<K extends SpanKind = SpanKind> = SpanStarts[K];

type StartOf<K extends SpanKind> = Omit<SpanOf<K>, Filled> & {
  readonly parentId?: string;
  readonly startedAt?: number;
  readonly attributes?: Readonly<Record<string, JsonValue>>;
};

// Row by row, so that a start of a kind that is not known before it runs is still a start of some kind.
interface SpanStarts {
  readonly prompt: StartOf<"prompt">;
  readonly tool: StartOf<"tool">;
  readonly reward: StartOf<"reward">;
  readonly coordination: StartOf<"coordination">;
  readonly content: StartOf<"content">;
  readonly reasoning: StartOf<"reasoning">;
}

/** What becomes known by the end of a span; without a kind, what spans of every kind have. */
export type SpanEnd<K extends SpanKind = SpanKind> = Partial<
  Omit<SpanOf<K>, "kind" | "id" | "traceId" | "sequence" | "startedAt">
>;

/** A span that runs. `OpenSpan` without a kind is a running span of any kind: every `OpenSpan<K>` is one. */
export interface OpenSpan<K extends SpanKind = SpanKind> {
  readonly id: string;
  readonly traceId: string;
  /** Adds attributes, also after the end, when the span is recorded once more; a key given again is replaced. */
  set(attributes: Readonly<Record<string, JsonValue>>): void;
  /** Ends it; only the first call counts. */
  end(known?: SpanEnd<K>): void;
  /** Ends it with an error. */
  fail(error: unknown): void;
}

export interface TraceStart {
  readonly agent: string;
  readonly task: string;
  /** Default: a new one. */
  readonly id?: string;
  readonly agentVersion?: string;
  readonly taskId?: string;
  readonly rolloutId?: string;
  /** Default 1. */
  readonly attempt?: number;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  /** Default: now. */
  readonly startedAt?: number;
}

export interface TraceEnd {
  /** Default "completed", "failed" with an error. */
  readonly status?: TraceStatus;
  readonly error?: TraceError;
  readonly totalReward?: number;
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  /** Default: now. */
  readonly endedAt?: number;
}

/** A trace that runs. */
export interface OpenTrace {
  readonly id: string;
  /** False for a trace that sampling left out: everything works and nothing is recorded. */
  readonly isRecorded: boolean;
  span<K extends SpanKind>(start: SpanStart<K> & { readonly kind: K }): OpenSpan<K>;
  /** Ends it, and with it every span that still runs; only the first call counts. */
  end(known?: TraceEnd): void;
}

export interface Tracer {
  trace(start: TraceStart): OpenTrace;
  /** The trace whose code runs now, if any. */
  current(): OpenTrace | undefined;
  /** Runs code so that `current` gives this trace, and spans started in it belong under `span`. */
  within<T>(trace: OpenTrace, span: OpenSpan | undefined, run: () => T): T;
}

/** Takes finished work from tracers; returns at once and never throws. */
export interface SpanSink {
  /** A trace began, or what is known of it as a whole changed. */
  head(head: TraceHead): void;
  /** A span ended. */
  span(span: Span): void;
  /** Resolves when everything taken so far is durable or given up, by the deadline at the latest. */
  flush(options: { readonly timeoutMs: number }): Promise<SinkReport>;
  report(): SinkReport;
}

/** What a sink did so far. */
export interface SinkReport {
  /** Spans durable in the store. */
  readonly written: number;
  /** Spans waiting. */
  readonly waiting: number;
  /**
   * Spans that the process wrote into a file beside the store, since it ended before the store took them; they are read in
   * when the store is next opened. Absent where there are none.
   */
  readonly kept?: number;
  /** Spans given up: the buffer was full, or the store refused them to the end. */
  readonly dropped: number;
  /** Why the last write failed, if the last one did; else why the first span was refused, if one was. */
  readonly problem?: string;
}
