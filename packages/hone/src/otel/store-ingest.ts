/**
 * Stores OpenTelemetry of other programs: spans are read, cleaned of secrets, cut where they are too long, and put together
 * to traces.
 *
 * The answer to a request comes when its spans are durable. A request that is sent again changes nothing, since spans keep the
 * ids of their sender.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { isError, messageOf } from "../core/errors.ts";
import {
  isSpanId,
  isTraceId,
  type OtlpLog,
  type OtlpResource,
  type OtlpSpan,
} from "../core/otlp.ts";
import type { Span } from "../core/span.ts";
import { isDamage } from "../core/stored-damage.ts";
import type { TraceHead } from "../core/trace.ts";
import type { IngestReport, IngestTotals, SpanIngest } from "../ports/span-ingest.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import { Cleaner } from "../recording/cleaning/clean-json.ts";
import { cleanHead, cleanSpan } from "../recording/cleaning/clean-span.ts";
import {
  createRedaction,
  type Redaction,
  type RedactionOptions,
} from "../recording/cleaning/redaction.ts";
import { headTimeProblem, timeProblem } from "../formats/stored-times.ts";
import { AssemblingTrace } from "./assembling-trace.ts";
import { contentOfLog, readOtlpSpan, rewardOfLog } from "./from-otlp.ts";
import { ownHead } from "./own-spans.ts";
import { isEvaluation } from "./verdicts.ts";

export interface IngestOptions {
  /** Which secrets are taken out before anything is stored. Default: the usual ones, see RedactionOptions; false: none. */
  readonly redaction?: RedactionOptions | false;
  /** Traces kept in memory. Another one is read back from the store when a span of it comes. Default 10,000. */
  readonly traces?: number;
  /** Time without a new span after which a trace without a root counts as completed, in ms. Default 60,000. */
  readonly idleMs?: number;
  /** Tags of every trace, added to its own. Default: none. */
  readonly tags?: readonly string[];
  /** Gives Unix milliseconds. Default: the machine's clock. */
  readonly clock?: () => number;
}

export interface StoreIngest extends SpanIngest {
  /** Completes traces without a root of which no span came for `idleMs`. */
  sweep(): Promise<void>;
}

/** Makes a receiver for a store. @throws OPTION_INVALID for a redaction rule that is neither a name nor a RegExp */
export function storeIngest(store: TraceStore, options: IngestOptions = {}): StoreIngest {
  return new Ingest(store, options);
}

/** How long a request may be worked on before others get a turn, in ms. */
const turnMs = 20;

/** Spans or a head of one trace, cleaned, from one span or log record of a request. */
interface Arrival {
  readonly traceId: string;
  readonly resource: OtlpResource;
  readonly spans: readonly Span[];
  /** Ids of the rewards among them that judge the trace as a whole. */
  readonly ofTrace: ReadonlySet<string>;
  /** True where hone sent it. Default false. */
  readonly isOwn?: boolean;
  readonly head?: TraceHead;
}

/** A trace in memory. */
interface KnownTrace {
  readonly trace: AssemblingTrace;
  /** When its last span came, in Unix milliseconds. */
  lastSpanAt: number;
}

/** A span that comes so long after the one before it, in ms, may find its trace edited. */
const lateMs = 5000;

class Ingest implements StoreIngest {
  readonly #store: TraceStore;
  readonly #redaction: Redaction;
  readonly #limit: number;
  readonly #idleMs: number;
  readonly #clock: () => number;
  readonly #tags: readonly string[];
  /** By their ids; the one whose last span is oldest comes first. */
  readonly #traces = new Map<string, KnownTrace>();
  readonly #totals: { -readonly [K in keyof IngestTotals]: IngestTotals[K] } = {
    traces: 0,
    spans: 0,
    rewards: 0,
    rejected: 0,
  };
  readonly #resources = new WeakMap<OtlpResource, OtlpResource>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: TraceStore, options: IngestOptions) {
    const { redaction, traces = 10_000, idleMs = 60_000, clock = Date.now, tags = [] } = options;
    this.#store = store;
    this.#redaction = createRedaction(redaction);
    this.#limit = traces;
    this.#idleMs = idleMs;
    this.#clock = clock;
    this.#tags = tags;
  }

  spans(given: readonly OtlpSpan[]): Promise<IngestReport> {
    return this.#take(given, (span) => {
      // Some senders write zeros as the parent of a root.
      const isRoot = /^0+$/.test(span.parentSpanId);
      const plain = isRoot ? { ...span, parentSpanId: "" } : span;
      return spanProblem(plain) ?? this.#arrival(plain);
    });
  }

  logs(given: readonly OtlpLog[]): Promise<IngestReport> {
    return this.#take(given, (log) => logProblem(log) ?? this.#event(log));
  }

  totals(): IngestTotals {
    return { ...this.#totals };
  }

  drain(): Promise<void> {
    return this.#settle(() => true);
  }

  sweep(): Promise<void> {
    const before = this.#clock() - this.#idleMs;
    return this.#settle(({ lastSpanAt }) => lastSpanAt <= before);
  }

  #settle(isDue: (known: KnownTrace) => boolean): Promise<void> {
    return this.#inTurn(async () => {
      const due = [...this.#traces.values()].filter((one) => one.trace.isOpen && isDue(one));
      for (const { trace } of due) trace.settle();
      const refused = await this.#append(new Set(due.map(({ trace }) => trace.id)), []);
      this.#countRejected([...refused.values()]);
    });
  }

  /** Runs work after all earlier work: two requests may hold parts of one trace. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #take<Item>(
    items: readonly Item[],
    read: (item: Item) => Arrival | string,
  ): Promise<IngestReport> {
    const results: (Arrival | string)[] = [];
    let since = performance.now();
    for (const item of items) {
      try {
        results.push(read(item));
      } catch (error) {
        // Sent again, the item would fail again, and all others of its request with it: it is refused alone.
        results.push(`an item could not be read: ${messageOf(error).split("\n")[0]}`);
      }
      // A large request gives way, so that others are answered meanwhile.
      if (performance.now() - since < turnMs) continue;
      await nextTurn();
      since = performance.now();
    }
    const arrivals = results.filter((one) => typeof one !== "string");
    const problems = results.filter((one) => typeof one === "string");
    const refused = await this.#inTurn(() => this.#write(arrivals));
    const all = [...problems, ...refused];
    this.#countRejected(all);
    return {
      accepted: items.length - all.length,
      rejected: all.length,
      ...(all[0] === undefined ? {} : { problem: all[0] }),
    };
  }

  /** @param reasons  one for each item that was refused */
  #countRejected(reasons: readonly string[]): void {
    this.#totals.rejected += reasons.length;
    if (reasons[0] !== undefined) this.#totals.problem ??= reasons[0];
  }

  #arrival(given: OtlpSpan): Arrival | string {
    const head = ownHead(given);
    const resource = this.#resource(given.resource);
    if (head !== undefined) {
      const problem = headTimeProblem(head);
      if (problem !== undefined) return `trace ${head.id}: ${problem}`;
      const cleanHead = this.#cleanHead(head);
      return { traceId: head.id, resource, spans: [], ofTrace: new Set(), head: cleanHead };
    }
    const { spans, ofTrace, isOwn } = readOtlpSpan(given);
    const problem = spans.map(timeProblem).find((one) => one !== undefined);
    if (problem !== undefined) return `span ${given.spanId}: ${problem}`;
    const judging = new Set(ofTrace.map(({ id }) => id));
    const clean = spans.map((span) => this.#clean(span));
    return { traceId: spans[0]!.traceId, resource, spans: clean, ofTrace: judging, isOwn };
  }

  #event(log: OtlpLog): Arrival | string {
    const { traceId } = log;
    const resource = this.#resource(log.resource);
    const name = eventName(log);
    const reward = isEvaluation(name) ? rewardOfLog(log) : undefined;
    const span = this.#clean(reward ?? contentOfLog(log, name));
    const problem = timeProblem(span);
    if (problem !== undefined) return `log record ${name}: ${problem}`;
    return { traceId, resource, spans: [span], ofTrace: new Set() };
  }

  #clean(span: Span): Span {
    const { id, traceId, sequence, ...known } = span;
    const clean = cleanSpan(span.kind, known, new Cleaner(this.#redaction));
    return { ...clean, id, traceId, sequence };
  }

  #cleanHead(head: TraceHead): TraceHead {
    return cleanHead(head, new Cleaner(this.#redaction));
  }

  /** @returns a reason for each item of the request of which the store refused a part */
  async #write(arrivals: readonly Arrival[]): Promise<string[]> {
    const spans: Span[] = [];
    const unreadable = await this.#rememberAll(arrivals);
    const readable = arrivals.filter(({ traceId }) => !unreadable.has(traceId));
    for (const arrival of readable) {
      const { trace } = this.#traces.get(arrival.traceId)!;
      if (arrival.head !== undefined) trace.give(arrival.head);
      const { resource, isOwn = false } = arrival;
      const isNamed = isOwn || trace.isFrom(resource);
      for (const span of arrival.spans) {
        trace.add(span, isOwn ? "nothing" : arrival.ofTrace.has(span.id) ? "trace" : "target");
        spans.push(isNamed || span.kind === "reward" ? span : from(span, resource));
      }
    }
    const ids = new Set(readable.map(({ traceId }) => traceId));
    const refused = await this.#append(ids, spans);
    if (refused.size > 0) for (const id of ids) await this.#readAgain(id);
    await this.#forgetOldest();
    return arrivals.flatMap(({ traceId, head, spans: own }) => {
      const reason =
        unreadable.get(traceId) ??
        (head === undefined ? undefined : refused.get(keyOf(traceId))) ??
        own.map(({ id }) => refused.get(keyOf(traceId, id))).find((one) => one !== undefined);
      return reason ?? [];
    });
  }

  /** The sender, cleaned once for all spans of a request, which share the object. */
  #resource(given: OtlpResource): OtlpResource {
    const known = this.#resources.get(given);
    if (known !== undefined) return known;
    const clean = { attributes: new Cleaner(this.#redaction).fields(given.attributes) };
    this.#resources.set(given, clean);
    return clean;
  }

  /**
   * Brings the traces of a request into memory. A stored trace that cannot be read costs only its own items: sent again they
   * would meet the same damage, and all others of the request with them.
   *
   * @returns the reason for each trace that cannot be read
   */
  async #rememberAll(arrivals: readonly Arrival[]): Promise<Map<string, string>> {
    const unreadable = new Map<string, string>();
    for (const arrival of arrivals) {
      if (unreadable.has(arrival.traceId)) continue;
      try {
        await this.#remember(arrival);
      } catch (error) {
        if (!isDamage(error)) throw error;
        unreadable.set(arrival.traceId, reasonOf(error));
      }
    }
    return unreadable;
  }

  async #remember({ traceId, resource }: Arrival): Promise<void> {
    const lastSpanAt = this.#clock();
    const known = this.#traces.get(traceId);
    const isLate = known !== undefined && lastSpanAt - known.lastSpanAt > lateMs;
    // Somebody may have edited a trace that has ended: it is read back, so that a late span does not undo that.
    if (known !== undefined && (known.trace.isOpen || !isLate)) {
      this.#traces.delete(traceId);
      this.#traces.set(traceId, known);
      known.lastSpanAt = lastSpanAt;
      return;
    }
    const stored = await this.#store.get(traceId);
    if (stored === undefined) this.#totals.traces++;
    const trace =
      stored === undefined ? new AssemblingTrace(traceId, resource) : AssemblingTrace.of(stored);
    this.#traces.set(traceId, { trace, lastSpanAt });
  }

  /** Forgets what refused spans added to a trace in memory. */
  async #readAgain(id: string): Promise<void> {
    const stored = await this.#store.get(id).catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      return undefined;
    });
    if (stored === undefined) this.#traces.delete(id);
    else this.#traces.set(id, { trace: AssemblingTrace.of(stored), lastSpanAt: this.#clock() });
  }

  #headOf(trace: AssemblingTrace): TraceHead | undefined {
    const head = trace.head();
    if (head === undefined) return undefined;
    const tags = [...new Set([...head.tags, ...this.#tags])];
    return this.#cleanHead({ ...head, tags });
  }

  /**
   * Writes spans with the heads of their traces, and heads of traces without new spans. What the store refuses costs only
   * itself: a batch with a bad item is halved, by its traces and then by the spans of one, until the item is alone.
   *
   * @returns the reason for each refused span and head, by `keyOf`
   */
  async #append(ids: ReadonlySet<string>, spans: readonly Span[]): Promise<Map<string, string>> {
    if (ids.size === 0) return new Map();
    const heads = [...ids].flatMap((id) => this.#headOf(this.#traces.get(id)!.trace) ?? []);
    try {
      await this.#store.append({ heads, spans });
      const rewards = spans.filter(({ kind }) => kind === "reward").length;
      this.#totals.rewards += rewards;
      this.#totals.spans += spans.length - rewards;
      return new Map();
    } catch (error) {
      if (!isError(error, "TRACE_INVALID") && !isDamage(error)) throw error;
      const reason = reasonOf(error);
      if (ids.size > 1) return this.#appendHalves(halvesOf([...ids]), spans);
      if (isDamage(error)) return refusedWhole([...ids][0]!, spans, reason);
      return this.#appendOne([...ids][0]!, spans, reason);
    }
  }

  async #appendHalves(
    halves: readonly (readonly string[])[],
    spans: readonly Span[],
  ): Promise<Map<string, string>> {
    const refused = new Map<string, string>();
    for (const half of halves) {
      const ids = new Set(half);
      const own = spans.filter(({ traceId }) => ids.has(traceId));
      for (const [key, reason] of await this.#append(ids, own)) refused.set(key, reason);
    }
    return refused;
  }

  /** Writes a trace that was refused as a whole: its head alone, then its spans in halves. */
  async #appendOne(
    id: string,
    spans: readonly Span[],
    reason: string,
  ): Promise<Map<string, string>> {
    if (spans.length === 0) return new Map([[keyOf(id), reason]]);
    const refused = await this.#append(new Set([id]), []);
    // Without a head no span of the trace can be stored.
    if (refused.size > 0) return refusedWhole(id, spans, reason);
    if (spans.length === 1) return new Map([[keyOf(id, spans[0]!.id), reason]]);
    for (const half of halvesOf(spans)) {
      for (const [key, why] of await this.#append(new Set([id]), half)) refused.set(key, why);
    }
    return refused;
  }

  async #forgetOldest(): Promise<void> {
    for (const [id, { trace }] of this.#traces) {
      if (this.#traces.size <= this.#limit) return;
      if (trace.isOpen) {
        trace.settle();
        const refused = await this.#append(new Set([id]), []);
        this.#countRejected([...refused.values()]);
      }
      this.#traces.delete(id);
    }
  }
}

/** Why a store refused something, in one line. */
const reasonOf = (error: unknown): string => messageOf(error).split("\n")[0]!;

/** A trace of which the store took nothing. */
const refusedWhole = (id: string, spans: readonly Span[], reason: string): Map<string, string> =>
  new Map([keyOf(id), ...spans.map((span) => keyOf(id, span.id))].map((key) => [key, reason]));

/** Names a span of a trace, or the trace's head. */
const keyOf = (traceId: string, spanId?: string): string => JSON.stringify([traceId, spanId]);

function halvesOf<T>(list: readonly T[]): [T[], T[]] {
  const middle = Math.ceil(list.length / 2);
  return [list.slice(0, middle), list.slice(middle)];
}

/** The span with its sender, for a sender other than the one in the trace's head. */
const from = (span: Span, { attributes }: OtlpResource): Span => ({
  ...span,
  attributes: { ...span.attributes, "otel.resource": attributes },
});

function spanProblem({ traceId, spanId, parentSpanId }: OtlpSpan): string | undefined {
  if (!isTraceId(traceId)) return idProblem("trace id", traceId, 32);
  if (!isSpanId(spanId)) return idProblem("span id", spanId, 16);
  const isFine = parentSpanId === "" || isSpanId(parentSpanId);
  return isFine ? undefined : idProblem("parent id", parentSpanId, 16);
}

const idProblem = (what: string, id: string, digits: number): string =>
  `the ${what} ${JSON.stringify(id.slice(0, 60))} is not ${digits} hex digits with one that is not 0`;

function logProblem(log: OtlpLog): string | undefined {
  if (!eventName(log).startsWith("gen_ai.")) {
    return "log records other than events named gen_ai.* are not kept";
  }
  return isTraceId(log.traceId) ? undefined : idProblem("trace id", log.traceId, 32);
}

/** The event's name. Before OTLP 1.5 it was an attribute. */
function eventName({ eventName: name, attributes }: OtlpLog): string {
  const old = attributes["event.name"];
  return name === "" && typeof old === "string" ? old : name;
}
