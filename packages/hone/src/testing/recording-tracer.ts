/** A tracer that keeps what it is given in memory, with ids and times counted from 0: for tests of what makes spans. */
import { AsyncLocalStorage } from "node:async_hooks";
import { messageOf } from "../core/errors.ts";
import type { Span } from "../core/span.ts";
import type { Trace, TraceStatus } from "../core/trace.ts";
import type {
  OpenSpan,
  OpenTrace,
  SpanStart,
  TraceEnd,
  Tracer,
  TraceStart,
} from "../ports/tracer.ts";

interface Around {
  readonly trace: OpenTrace;
  readonly span: OpenSpan | undefined;
}

export class RecordingTracer implements Tracer {
  readonly #around = new AsyncLocalStorage<Around>();
  readonly #traces: RecordingTrace[] = [];

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

  /** Everything so far, in the order it began. */
  get traces(): Trace[] {
    return this.#traces.map((trace) => trace.recorded());
  }
}

class RecordingTrace implements OpenTrace {
  readonly id: string;
  readonly isRecorded = true;
  readonly #start: TraceStart;
  readonly #parent: () => string | undefined;
  readonly #spans: Span[] = [];
  #end: TraceEnd | undefined;
  #now = 0;

  constructor(id: string, start: TraceStart, parent: () => string | undefined) {
    this.id = id;
    this.#start = start;
    this.#parent = parent;
  }

  // The compiler does not see that one function serves every kind.
  readonly span = ((start: SpanStart) => this.#open(start)) as OpenTrace["span"];

  #open(start: SpanStart): OpenSpan {
    const place = this.#spans.length;
    const id = `span-${place}`;
    const parentId = start.parentId ?? this.#parent();
    const change = (known: object): void => {
      const span = this.#spans[place]!;
      if (span.endedAt === undefined) this.#spans[place] = { ...span, ...known };
    };
    this.#spans.push({
      attributes: {},
      startedAt: this.#now++,
      ...start,
      ...(parentId === undefined ? {} : { parentId }),
      id,
      traceId: this.id,
      sequence: place,
    } as unknown as Span);
    return {
      id,
      traceId: this.id,
      set: (attributes) => {
        change({ attributes: { ...this.#spans[place]!.attributes, ...attributes } });
      },
      end: (known) => change({ ...known, endedAt: this.#now++ }),
      fail: (error) => change({ error: { message: messageOf(error) }, endedAt: this.#now++ }),
    };
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
      spans: this.#spans,
    };
  }
}
