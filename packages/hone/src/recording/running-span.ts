/** A span that runs, handed to the sink when it ends. */
import type { Clock } from "../core/clock.ts";
import { newSpanId } from "../core/ids.ts";
import type { Span } from "../core/span.ts";
import type { TraceStatus } from "../core/trace.ts";
import { writtenAttribute } from "../core/written-json.ts";
import type { OpenSpan, SpanEnd, SpanSink, SpanStart } from "../ports/tracer.ts";
import { Cleaner } from "./cleaning/clean-json.ts";
import { type Attributes, cleanSpan, mergeAttributes } from "./cleaning/clean-span.ts";
import type { Redaction } from "./cleaning/redaction.ts";
import { errorOf } from "./cleaning/trace-error.ts";
import { warnOnce } from "./warn-once.ts";

/** What every span of a tracer uses. */
export interface SpanTools {
  readonly sink: SpanSink;
  readonly clock: Clock;
  readonly redaction: Redaction;
}

/** Where a span stands in its trace. */
export interface PlaceInTrace {
  readonly traceId: string;
  /** Absent at a root. */
  readonly parentId: string | undefined;
  /** The parent's span; undefined when there is none or it runs in another process. */
  readonly parent: RunningSpan | undefined;
  readonly sequence: number;
  /** Called once, when the span ends: with the span as it is recorded, undefined where it could not be. */
  readonly ended: (span: Span | undefined) => void;
}

/** The attribute of a span whose end was not seen before its trace ended: how the trace ended. */
const unfinishedAttribute = "hone.unfinished";

/** The same for every kind; `OpenTrace.span` gives it out as a span of its kind. */
export class RunningSpan implements OpenSpan {
  readonly id = newSpanId();
  readonly traceId: string;
  readonly #tools: SpanTools;
  readonly #ended: PlaceInTrace["ended"];
  /** Kept after the end: a stream within this span may be read, and its tokens counted, later. */
  readonly #parent: RunningSpan | undefined;
  /** True when a model call within this span has counted its tokens, which are then not counted here as well. */
  #isCountedWithin = false;
  #span: Span;
  #isEnded = false;

  constructor(
    tools: SpanTools,
    start: SpanStart,
    { traceId, parentId, parent, sequence, ended }: PlaceInTrace,
  ) {
    this.traceId = traceId;
    this.#tools = tools;
    this.#ended = ended;
    this.#parent = parent;
    const known = cleanSpan(start.kind, start, this.#cleaner());
    this.#span = {
      startedAt: tools.clock(),
      ...known,
      id: this.id,
      traceId,
      sequence,
      ...(parentId === undefined ? {} : { parentId }),
      attributes: known.attributes ?? {},
    };
  }

  set(attributes: Attributes): void {
    try {
      const clean = this.#cleaner().fields(attributes);
      this.#span = { ...this.#span, attributes: { ...this.#span.attributes, ...clean } };
      // The span that was recorded at the end is replaced.
      if (this.#isEnded) this.#record();
    } catch (error) {
      warnOnce(error);
    }
  }

  end(known?: SpanEnd): void {
    this.#end({ endedAt: this.#tools.clock(), ...known });
  }

  fail(error: unknown): void {
    this.#end({ endedAt: this.#tools.clock(), error: errorOf(error) });
  }

  /** Records the span when its trace ends before it does. An end that comes later replaces this. */
  recordUnfinished(status: TraceStatus): void {
    const attributes = { ...this.#span.attributes, [unfinishedAttribute]: status };
    this.#tools.sink.span({ ...this.#span, attributes });
  }

  /** Whether this is the span of the id, or a part of it. */
  isWithin(id: string): boolean {
    return this.id === id || this.#parent?.isWithin(id) === true;
  }

  #end(known: SpanEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    let recorded: Span | undefined;
    try {
      const clean = cleanSpan(this.#span.kind, known, this.#cleaner());
      const before = withoutTextsOf(known, this.#span.attributes);
      const attributes = mergeAttributes(before, clean.attributes);
      this.#span = { ...this.#span, ...clean, attributes };
      this.#countTokens();
      this.#record();
      recorded = this.#span;
    } catch (error) {
      warnOnce(error);
    } finally {
      this.#ended(recorded);
    }
  }

  /** Tokens count once: with the innermost call that has them. An agent's span around it loses its own; a tool's stay. */
  #countTokens(): void {
    if (this.#span.kind !== "prompt" || this.#span.usage === undefined) return;
    if (this.#isCountedWithin) return void this.#dropUsage();
    let around = this.#parent;
    while (around !== undefined && around.#span.kind !== "tool" && !around.#isCountedWithin) {
      around.#isCountedWithin = true;
      // A stream may be read to its end after the agent around it has ended.
      if (around.#isEnded && around.#dropUsage()) around.#record();
      around = around.#parent;
    }
  }

  /** @returns whether it had any usage */
  #dropUsage(): boolean {
    if (this.#span.kind !== "prompt") return false;
    const { usage, ...rest } = this.#span;
    this.#span = rest;
    return usage !== undefined;
  }

  #record(): void {
    this.#tools.sink.span(this.#span);
  }

  /** A new one, since it holds what may be recorded of the fields that become known together. */
  #cleaner(): Cleaner {
    return new Cleaner(this.#tools.redaction);
  }
}

/** The attributes without the written texts of fields that are given anew, to which those texts belong no more. */
function withoutTextsOf(known: object, attributes: Attributes): Attributes {
  const given = Object.entries(known).filter(([, value]) => value !== undefined);
  const old = new Set(given.map(([name]) => writtenAttribute(name)));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !old.has(name)));
}
