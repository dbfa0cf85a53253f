/**
 * The contracts of recording: a `Tracer` makes traces and spans, and a `SpanSink` takes them as they end. Neither throws into
 * the agent, and neither makes it wait.
 */
import type { JsonValue } from "../core/json.ts";
import type { TraceLabels } from "../core/trace-labels.ts";
import type { Span, SpanKind, SpanOf, TraceError } from "../core/span.ts";
import type { TraceHead, TraceStatus } from "../core/trace.ts";

/** Fields that the tracer fills in itself. */
type Filled = "id" | "traceId" | "parentId" | "sequence" | "startedAt" | "endedAt" | "attributes";

/** What is known of a span at its start: its kind with the kind's fields, and what every kind may have. */
export type SpanStart<K extends SpanKind = SpanKind> = SpanStarts[K];

type StartOf<K extends SpanKind> = Omit<SpanOf<K>, Filled> & {
  /** The span it is a part of. Default: the span whose code runs, if any. */
  readonly parentId?: string;
  /** Unix milliseconds. Default: now. */
  readonly startedAt?: number;
  /** Everything else that is known, as JSON. Default: none. */
  readonly attributes?: Readonly<Record<string, JsonValue>>;
};

// Row by row and not mapped: so the compiler knows that the start of some kind K is one of these.
interface SpanStarts {
  readonly prompt: StartOf<"prompt">;
  readonly tool: StartOf<"tool">;
  readonly reward: StartOf<"reward">;
  readonly coordination: StartOf<"coordination">;
  readonly content: StartOf<"content">;
  readonly reasoning: StartOf<"reasoning">;
}

/** What becomes known by the end of a span. Without a kind: the fields that spans of every kind have. */
export type SpanEnd<K extends SpanKind = SpanKind> = Partial<
  Omit<SpanOf<K>, "kind" | "id" | "traceId" | "sequence" | "startedAt">
>;

/**
 * A span that runs. `OpenSpan<"prompt">` takes at its end what a prompt span may have; `OpenSpan` without a kind is an open
 * span of any kind, so every `OpenSpan<K>` is one.
 */
export interface OpenSpan<K extends SpanKind = SpanKind> {
  /** Unique in its trace; "" for a span that is not recorded. */
  readonly id: string;
  /** The trace it belongs to; "" outside of any trace. */
  readonly traceId: string;
  /**
   * Adds attributes; a key given again is replaced. After the end, the span is recorded once more with them.
   */
  set(attributes: Readonly<Record<string, JsonValue>>): void;
  /** Ends the span and records it, with what is known by now. Later calls of `end` and `fail` do nothing. */
  end(known?: SpanEnd<K>): void;
  /** Ends the span and records it with an error: anything that was thrown. */
  fail(error: unknown): void;
}

/** What is known of a trace at its start. */
export interface TraceStart {
  /** The agent's name. */
  readonly agent: string;
  /** What the agent was asked to do, in words. */
  readonly task: string;
  /** The trace's id. Default: a new one, 32 hex digits. */
  readonly id?: string;
  /** Which version of the agent: a prompt's hash, a checkpoint, a release. */
  readonly agentVersion?: string;
  /** The task's id, where it comes from a task set. */
  readonly taskId?: string;
  /** The rollout that the trace is a try of; several attempts share it. */
  readonly rolloutId?: string;
  /** Tries at the rollout so far, this one included. Default 1. */
  readonly attempt?: number;
  /**
   * The conversation that the trace is a turn of. Default: what the metadata names as session, such as `sessionId` or
   * `thread_id`.
   */
  readonly session?: string;
  /** Whom the agent works for. Default: what the metadata names as user, such as `userId`. */
  readonly user?: string;
  /** Words that traces are filtered by. Default: none. */
  readonly tags?: readonly string[];
  /** Everything else that is known, as JSON. Default: none. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  /** Unix milliseconds. Default: now. */
  readonly startedAt?: number;
}

/** Facts of a trace that are given when it ends. */
export interface TraceEnd {
  /** How it ended. Default: "completed", or "failed" where an error is given. */
  readonly status?: TraceStatus;
  /** The error that ended the trace. */
  readonly error?: TraceError;
  /** The number the trace counts for, where that is not the sum of its rewards and reward spans. */
  readonly totalReward?: number;
  /** Added to the start's metadata; a key given again is replaced. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  /** Unix milliseconds. Default: now. */
  readonly endedAt?: number;
}

/** Is told what happens in a trace while it runs, as it is recorded: cleaned of secrets and cut. */
export interface TraceWatcher {
  /**
   * A span has ended.
   * @param isWithin  whether it is the span of an id, or a part of that
   */
  readonly spanEnded: (span: Span, isWithin: (id: string) => boolean) => void;
  /** The trace is about to end; spans that are started now still belong to it. */
  readonly traceEnds: (status: TraceStatus) => void;
}

/** A trace that runs: one try of an agent at a task. */
export interface OpenTrace {
  /** 32 hex digits, or the id given at the start. */
  readonly id: string;
  /** False for a trace that sampling left out: its methods work and nothing is recorded. */
  readonly isRecorded: boolean;
  /**
   * Starts a span of the trace.
   *
   * @example const call = trace.span({ kind: "prompt", input: "2 + 2" }); call.end({ output: "4" });
   */
  span<K extends SpanKind>(start: SpanStart<K> & { readonly kind: K }): OpenSpan<K>;
  /**
   * Adds what becomes known of the trace's session, user, tags and metadata while it runs. What is known already stays; tags
   * are joined. After the end it does nothing.
   *
   * @example trace.label({ session: "chat-17", user: "ada" });
   */
  label(labels: TraceLabels): void;
  /** Tells the watcher what happens from now on. Absent of a trace that is not recorded, and of older copies of hone. */
  readonly watch?: (watcher: TraceWatcher) => void;
  /** Ends the trace and records it, with every span that still runs. Later calls do nothing. */
  end(known?: TraceEnd): void;
}

/** Makes traces, and knows which one the running code belongs to, across `await`. */
export interface Tracer {
  /** Starts a trace. */
  trace(start: TraceStart): OpenTrace;
  /** The trace that the running code belongs to, if any. */
  current(): OpenTrace | undefined;
  /** Runs code in a trace: `current` gives that trace, and spans started in it are parts of `span`. Returns its result. */
  within<T>(trace: OpenTrace, span: OpenSpan | undefined, run: () => T): T;
}

/** Takes heads of traces and spans from tracers. It returns at once and never throws. */
export interface SpanSink {
  /** Takes the head of a trace that began, or a head that replaces the one of its id. */
  head(head: TraceHead): void;
  /** Takes a span that ended, or one that replaces the span of its id. */
  span(span: Span): void;
  /** Resolves when everything taken so far is durable or given up, or after `timeoutMs` (in ms). */
  flush(options: { readonly timeoutMs: number }): Promise<SinkReport>;
  /** What the sink did so far. */
  report(): SinkReport;
}

/** What a sink did so far, in spans. */
export interface SinkReport {
  /** Spans that are durable in the store. */
  readonly written: number;
  /** Spans that wait to be written. */
  readonly waiting: number;
  /**
   * Spans in files beside the store: it had not taken them when the process ended, or what it holds of their trace is damaged.
   * The next process that opens the store reads them in. Absent where there are none.
   */
  readonly kept?: number;
  /** Spans given up: there was no room for them, or the store refused them. */
  readonly dropped: number;
  /** Why the last write failed, if it did; else why the first refused span was refused. Absent where all went well. */
  readonly problem?: string;
}
