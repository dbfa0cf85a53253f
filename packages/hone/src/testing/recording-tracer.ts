/** A tracer for tests. */
import { AsyncLocalStorage } from "node:async_hooks";
import { messageOf } from "../core/errors.ts";
import type { Span, SpanKind } from "../core/span.ts";
import type { Trace, TraceStatus } from "../core/trace.ts";
import { completeLabels, type TraceLabels } from "../core/trace-labels.ts";
import type {
  OpenSpan,
  OpenTrace,
  SpanEnd,
  SpanStart,
  TraceEnd,
  Tracer,
  TraceStart,
} from "../ports/tracer.ts";

interface Around {
  readonly trace: OpenTrace;
  readonly span: OpenSpan | undefined;
}

/**
 * A tracer that keeps traces in memory, with ids and times counted from 0, for tests of code that makes spans.
 *
 * @example const tracer = new RecordingTracer(); await runTeam({ task, members, tracer }); tracer.traces[0].spans;
 */
export class RecordingTracer implements Tracer {
  readonly #around = new AsyncLocalStorage<Around>();
  readonly #traces: RecordingTrace[] = [];

  /** Begins a trace. */
  trace(start: TraceStart): OpenTrace {
    const id = start.id ?? `trace-${this.#traces.length}`;
    const trace = new RecordingTrace(id, start, () => this.#around.getStore()?.span?.id);
    this.#traces.push(trace);
    return trace;
  }

  current(): OpenTrace | undefined {
    return this.#around.getStore()?.trace;
  }

  within<T>(trace: OpenTrace, span: OpenSpan | undefined, run: () => T): T {
    return this.#around.run({ trace, span }, run);
  }

  /** All traces so far, in the order in which they began. */
  get traces(): Trace[] {
    return this.#traces.map((trace) => trace.recorded());
  }
}

class RecordingTrace implements OpenTrace {
  readonly id: string;
  readonly isRecorded = true;
  #start: TraceStart;
  readonly #parent: () => string | undefined;
  readonly #spans: RecordingSpan[] = [];
  #end: TraceEnd | undefined;
  #now = 0;

  constructor(id: string, start: TraceStart, parent: () => string | undefined) {
    this.id = id;
    this.#start = start;
    this.#parent = parent;
  }

  readonly span = <K extends SpanKind>(start: SpanStart<K> & { readonly kind: K }): OpenSpan<K> => {
    const place = this.#spans.length;
    const opened = new RecordingSpan(start, {
      place,
      trace: this.id,
      parentId: start.parentId ?? this.#parent(),
      now: () => this.#now++,
    });
    this.#spans.push(opened);
    // The type of the start says the kind, so only fields of that kind can be given to its `end`.
    return opened as OpenSpan<K>;
  };

  label(labels: TraceLabels): void {
    if (this.#end === undefined)
      this.#start = { ...this.#start, ...completeLabels(this.#start, labels) };
  }

  end(known: TraceEnd = {}): void {
    this.#end ??= known;
  }

  recorded(): Trace {
    const { attempt = 1, tags = [], metadata = {}, ...start } = this.#start;
    const ended: TraceStatus = this.#end?.error ? "failed" : "completed";
    const status = this.#end === undefined ? "running" : (this.#end.status ?? ended);
    return {
      ...start,
      id: this.id,
      attempt,
      status,
      startedAt: 0,
      ...(this.#end === undefined ? {} : { endedAt: this.#now }),
      ...(this.#end?.totalReward === undefined ? {} : { totalReward: this.#end.totalReward }),
      tags,
      metadata: { ...metadata, ...this.#end?.metadata },
      rewards: [],
      spans: this.#spans.map(({ recorded }) => recorded),
    };
  }
}

interface PlaceInTrace {
  /** How many spans the trace had before. */
  readonly place: number;
  readonly trace: string;
  readonly parentId: string | undefined;
  /** The next time, counted from 0. */
  readonly now: () => number;
}

class RecordingSpan implements OpenSpan {
  readonly id: string;
  readonly traceId: string;
  readonly #now: () => number;
  #recorded: Span;

  constructor(start: SpanStart, { place, trace, parentId, now }: PlaceInTrace) {
    this.id = `span-${place}`;
    this.traceId = trace;
    this.#now = now;
    this.#recorded = {
      attributes: {},
      startedAt: now(),
      ...start,
      ...(parentId === undefined ? {} : { parentId }),
      id: this.id,
      traceId: trace,
      sequence: place,
    };
  }

  get recorded(): Span {
    return this.#recorded;
  }

  set(attributes: Span["attributes"]): void {
    this.#change({ attributes: { ...this.#recorded.attributes, ...attributes } });
  }

  end(known?: SpanEnd): void {
    this.#change({ ...known, endedAt: this.#now() });
  }

  fail(error: unknown): void {
    this.#change({ error: { message: messageOf(error) }, endedAt: this.#now() });
  }

  /** After the end nothing changes. */
  #change(known: SpanEnd): void {
    if (this.#recorded.endedAt === undefined) this.#recorded = { ...this.#recorded, ...known };
  }
}
