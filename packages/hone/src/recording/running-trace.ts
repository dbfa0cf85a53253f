/** A trace that runs and its spans, recorded as they end. */
import type { Clock } from "../core/clock.ts";
import { cutAttribute } from "../core/cut-texts.ts";
import { HoneError } from "../core/errors.ts";
import { newSpanId } from "../core/ids.ts";
import type { JsonValue } from "../core/json.ts";
import type { Span, SpanKind } from "../core/span.ts";
import type { TraceHead } from "../core/trace.ts";
import type {
  OpenSpan,
  OpenTrace,
  SpanEnd,
  SpanSink,
  SpanStart,
  TraceEnd,
  TraceStart,
} from "../ports/tracer.ts";
import { Cleaner } from "./cleaning/clean-json.ts";
import { cleanFields, type Fields } from "./cleaning/clean-span.ts";
import type { Redaction } from "./cleaning/redaction.ts";
import { silentSpan } from "./silent-trace.ts";
import { activeTrace } from "./trace-context.ts";
import { traceError } from "./cleaning/trace-error.ts";
import { warnOnce } from "./warn-once.ts";

/** What every trace of a tracer uses. */
export interface TraceTools {
  readonly sink: SpanSink;
  readonly clock: Clock;
  readonly redaction: Redaction;
  /** Hears of the end of a trace, once. */
  readonly ended: (trace: RunningTrace) => void;
}

/** The attribute of a span whose end was not seen before its trace ended: how the trace ended. */
const unfinishedAttribute = "hone.unfinished";

export class RunningTrace implements OpenTrace {
  readonly id: string;
  readonly isRecorded = true;
  readonly #tools: TraceTools;
  readonly #open = new Map<string, RunningSpan>();
  #head: TraceHead;
  #spans = 0;
  #isEnded = false;

  constructor(tools: TraceTools, start: TraceStart & { readonly id: string }) {
    this.id = start.id;
    this.#tools = tools;
    const { id, attempt = 1, tags = [], metadata = {}, ...rest } = start;
    const known = cleanFields({ ...rest, tags, metadata }, new Cleaner(tools.redaction));
    // What was cut stands in a span's attributes, in a head's metadata.
    const { attributes: cut, ...clean } = known as Fields & { attributes?: Fields };
    const all = { ...(clean["metadata"] as Fields), ...cut };
    this.#head = {
      ...clean,
      id,
      attempt,
      status: "running",
      startedAt: start.startedAt ?? tools.clock(),
      metadata: all,
      rewards: [],
    } as unknown as TraceHead;
    tools.sink.head(this.#head);
  }

  // The kind decides which fields there are; what runs is the same for all.
  readonly span: OpenTrace["span"] = (start) => this.#start(start as SpanStart) as never;

  #start(start: SpanStart): OpenSpan {
    try {
      if (start.kind === "reward") checkReward(start);
      const active = activeTrace();
      const around = active?.trace.id === this.id ? active.span?.id : undefined;
      const parentId = start.parentId ?? (around === "" ? undefined : around);
      const sequence = this.#spans++;
      const span = new RunningSpan(this.#tools, start, {
        traceId: this.id,
        parentId,
        parent: this.#open.get(parentId ?? ""),
        sequence,
        ended: () => this.#open.delete(span.id),
      });
      this.#open.set(span.id, span);
      return span;
    } catch (error) {
      warnOnce(error);
      return silentSpan(this.id);
    }
  }

  end(known: TraceEnd = {}): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#tools.ended(this);
    try {
      const { status = known.error === undefined ? "completed" : "failed" } = known;
      for (const span of [...this.#open.values()].toReversed()) span.leave(status);
      const { totalReward } = known;
      const isNumber = totalReward === undefined || Number.isFinite(totalReward);
      if (!isNumber) warnOnce(notFinite("totalReward", totalReward));
      const cleaner = new Cleaner(this.#tools.redaction);
      const { error, metadata } = cleanFields(
        { error: known.error, metadata: known.metadata ?? {} },
        cleaner,
      );
      this.#head = {
        ...this.#head,
        status,
        endedAt: known.endedAt ?? this.#tools.clock(),
        metadata: { ...this.#head.metadata, ...(metadata as Record<string, JsonValue>) },
        ...(error === undefined ? {} : { error: error as NonNullable<TraceHead["error"]> }),
        ...(totalReward === undefined || !isNumber ? {} : { totalReward }),
      };
      this.#tools.sink.head(this.#head);
    } catch (error) {
      warnOnce(error);
    }
  }

  /** The process may end without another word: recorded as it would be found then. Its end replaces that. */
  stand(): void {
    try {
      for (const span of [...this.#open.values()].toReversed()) span.leave("cancelled");
      const endedAt = this.#tools.clock();
      this.#tools.sink.head({ ...this.#head, status: "cancelled", endedAt });
    } catch (error) {
      warnOnce(error);
    }
  }

  /** The process lived on. */
  goOn(): void {
    if (!this.#isEnded) this.#tools.sink.head(this.#head);
  }

  /** Ends it from outside. */
  abandon(problem: unknown): void {
    if (problem === undefined) return this.end({ status: "cancelled" });
    this.end({ error: traceError(problem, new Cleaner(this.#tools.redaction)) });
  }
}

/** A store would refuse the span, when nobody can tell any more where it came from. */
function checkReward({ reward, rewardType, components = {} }: SpanStart<"reward">): void {
  for (const [part, got] of [[rewardType, reward] as const, ...Object.entries(components)]) {
    if (!Number.isFinite(got)) throw notFinite(part, got);
  }
}

const notFinite = (part: string, got: unknown): HoneError =>
  new HoneError("REWARD_INVALID", { part, got: String(got) });

interface SpanPlace {
  readonly traceId: string;
  readonly parentId: string | undefined;
  /** The span of that id, where it runs in this process. */
  readonly parent: RunningSpan | undefined;
  readonly sequence: number;
  readonly ended: () => void;
}

class RunningSpan implements OpenSpan {
  readonly id = newSpanId();
  readonly traceId: string;
  readonly kind: SpanKind;
  /** Kept when it ends: what ends within it later may have tokens. */
  readonly #parent: RunningSpan | undefined;
  /** Tokens of calls within it are recorded with them. */
  #isCountedWithin = false;
  readonly #tools: TraceTools;
  readonly #ended: () => void;
  #known: Fields;
  #attributes: Readonly<Record<string, JsonValue>>;
  #isEnded = false;

  constructor(tools: TraceTools, start: SpanStart, place: SpanPlace) {
    this.traceId = place.traceId;
    this.kind = start.kind;
    this.#parent = place.parent;
    this.#tools = tools;
    this.#ended = place.ended;
    const { attributes = {}, ...known } = cleanFields(start, new Cleaner(tools.redaction));
    this.#attributes = attributes as Readonly<Record<string, JsonValue>>;
    this.#known = {
      startedAt: tools.clock(),
      ...known,
      id: this.id,
      traceId: place.traceId,
      sequence: place.sequence,
      ...(place.parentId === undefined ? {} : { parentId: place.parentId }),
    };
  }

  set(attributes: Readonly<Record<string, JsonValue>>): void {
    try {
      const clean = new Cleaner(this.#tools.redaction).fields(attributes);
      this.#attributes = { ...this.#attributes, ...clean };
      // What was recorded at its end is replaced.
      if (this.#isEnded) this.#record();
    } catch (error) {
      warnOnce(error);
    }
  }

  end(known: SpanEnd = {}): void {
    this.#end({ endedAt: this.#tools.clock(), ...known });
  }

  fail(error: unknown): void {
    this.#end({
      endedAt: this.#tools.clock(),
      error: traceError(error, new Cleaner(this.#tools.redaction)),
    });
  }

  /** Its trace ended before it did; when its end comes after all, that replaces what is recorded here. */
  leave(status: string): void {
    this.#attributes = { ...this.#attributes, [unfinishedAttribute]: status };
    this.#record();
    const { [unfinishedAttribute]: _, ...rest } = this.#attributes;
    this.#attributes = rest;
  }

  #end(known: Fields): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    try {
      const clean = cleanFields(known, new Cleaner(this.#tools.redaction));
      const { attributes = {}, ...rest } = clean as Fields & { attributes?: object };
      this.#known = { ...this.#known, ...rest };
      this.#count();
      this.#attributes = mergeAttributes(this.#attributes, attributes as Record<string, JsonValue>);
      this.#record();
    } catch (error) {
      warnOnce(error);
    } finally {
      this.#ended();
    }
  }

  /** The tokens of a call are its own: an agent around it, which may say the same ones, has none. A tool's are its own. */
  #count(): void {
    if (this.kind !== "prompt" || this.#known["usage"] === undefined) return;
    if (this.#isCountedWithin) return void this.#dropUsage();
    let around = this.#parent;
    while (around !== undefined && around.kind !== "tool" && !around.#isCountedWithin) {
      around.#isCountedWithin = true;
      // A stream may be read to its end after the agent around it has ended.
      if (around.#isEnded && around.#dropUsage()) around.#record();
      around = around.#parent;
    }
  }

  /** @returns whether it had any usage */
  #dropUsage(): boolean {
    const { usage, ...rest } = this.#known;
    this.#known = rest;
    return usage !== undefined;
  }

  #record(): void {
    this.#tools.sink.span({ ...this.#known, attributes: this.#attributes } as unknown as Span);
  }
}

/** What was cut at the start and at the end of a span is one list. */
function mergeAttributes(
  before: Readonly<Record<string, JsonValue>>,
  after: Readonly<Record<string, JsonValue>>,
): Readonly<Record<string, JsonValue>> {
  const cuts = [before[cutAttribute], after[cutAttribute]].filter((cut) => cut !== undefined);
  const all = { ...before, ...after };
  return cuts.length < 2
    ? all
    : { ...all, [cutAttribute]: Object.assign({}, ...(cuts as object[])) as JsonValue };
}
