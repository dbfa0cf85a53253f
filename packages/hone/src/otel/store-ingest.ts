/**
 * Telemetry of other programs, into a store: understood, without secrets, cut where it is too long, put together to traces.
 *
 * A request is answered when what it held is durable. Sending it again changes nothing, since every id is its sender's.
 */
import { isError, messageOf } from "../core/errors.ts";
import {
  isSpanId,
  isTraceId,
  type OtlpLog,
  type OtlpResource,
  type OtlpSpan,
} from "../core/otlp.ts";
import type { Span } from "../core/span.ts";
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
import { AssemblingTrace } from "./assembling-trace.ts";
import { contentOfLog, readOtlpSpan, rewardOfLog } from "./from-otlp.ts";
import { ownHead } from "./own-spans.ts";
import { isEvaluation } from "./verdicts.ts";

export interface IngestOptions {
  /** Which secrets are taken out before anything is stored. Default: the usual ones; false: none. */
  readonly redaction?: RedactionOptions | false;
  /** Traces remembered at a time; others are read back from the store when more of them comes. Default 10,000. */
  readonly traces?: number;
  /** Milliseconds without news after which a trace without a root counts as completed. Default 60,000. */
  readonly idleMs?: number;
  /** Tags of every trace, besides its own. */
  readonly tags?: readonly string[];
  /** Unix milliseconds. */
  readonly clock?: () => number;
}

export interface StoreIngest extends SpanIngest {
  /** Completes traces without a root of which nothing was heard for `idleMs`. */
  sweep(): Promise<void>;
}

/** @throws OPTION_INVALID for rules of redaction that are none */
export function storeIngest(store: TraceStore, options: IngestOptions = {}): StoreIngest {
  return new Ingest(store, options);
}

/** Something for a trace, clean already. */
interface Arrival {
  readonly traceId: string;
  readonly resource: OtlpResource;
  readonly spans: readonly Span[];
  /** Rewards among them that judge the trace as a whole. */
  readonly ofTrace: ReadonlySet<string>;
  /** Sent by hone itself. */
  readonly isOwn?: boolean;
  readonly head?: TraceHead;
}

interface Remembered {
  readonly trace: AssemblingTrace;
  heardAt: number;
}

class Ingest implements StoreIngest {
  readonly #store: TraceStore;
  readonly #redaction: Redaction;
  readonly #limit: number;
  readonly #idleMs: number;
  readonly #clock: () => number;
  readonly #tags: readonly string[];
  /** The least recently heard of first. */
  readonly #traces = new Map<string, Remembered>();
  readonly #totals = { traces: 0, spans: 0, rewards: 0, rejected: 0 };
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
      // Some senders write a parent that is not there as zeros.
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
    return this.#settle(({ heardAt }) => heardAt <= before);
  }

  #settle(isDue: (remembered: Remembered) => boolean): Promise<void> {
    return this.#inTurn(async () => {
      const due = [...this.#traces.values()].filter((one) => one.trace.isOpen && isDue(one));
      for (const { trace } of due) trace.settle();
      const heads = due.flatMap(({ trace }) => this.#headOf(trace) ?? []);
      if (heads.length > 0) await this.#store.append({ heads });
    });
  }

  /** One request after the other: two of them may hold parts of one trace. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #take<Item>(
    items: readonly Item[],
    read: (item: Item) => Arrival | string,
  ): Promise<IngestReport> {
    const results = items.map(read);
    const arrivals = results.filter((one) => typeof one !== "string");
    const problems = results.filter((one) => typeof one === "string");
    const refused = await this.#inTurn(() => this.#write(arrivals));
    const all = [...problems, ...refused];
    this.#totals.rejected += all.length;
    return {
      accepted: items.length - all.length,
      rejected: all.length,
      ...(all[0] === undefined ? {} : { problem: all[0] }),
    };
  }

  #arrival(given: OtlpSpan): Arrival {
    const head = ownHead(given);
    const resource = this.#resource(given.resource);
    if (head !== undefined) {
      const cleanHead = this.#cleanHead(head);
      return { traceId: head.id, resource, spans: [], ofTrace: new Set(), head: cleanHead };
    }
    const { spans, ofTrace, isOwn } = readOtlpSpan(given);
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

  /** @returns why single spans were refused, one text each */
  async #write(arrivals: readonly Arrival[]): Promise<string[]> {
    const spans: Span[] = [];
    for (const arrival of arrivals) {
      const trace = await this.#remember(arrival);
      if (arrival.head !== undefined) trace.give(arrival.head);
      const { resource, isOwn = false } = arrival;
      const isNamed = isOwn || trace.isFrom(resource);
      for (const span of arrival.spans) {
        trace.add(span, isOwn ? "nothing" : arrival.ofTrace.has(span.id) ? "trace" : "target");
        spans.push(isNamed || span.kind === "reward" ? span : from(span, resource));
      }
    }
    const refused = await this.#append(new Set(arrivals.map(({ traceId }) => traceId)), spans);
    await this.#forgetOldest();
    return refused;
  }

  /** Spans of a request share the object. */
  #resource(given: OtlpResource): OtlpResource {
    const known = this.#resources.get(given);
    if (known !== undefined) return known;
    const clean = { attributes: new Cleaner(this.#redaction).fields(given.attributes) };
    this.#resources.set(given, clean);
    return clean;
  }

  async #remember({ traceId, resource }: Arrival): Promise<AssemblingTrace> {
    const heardAt = this.#clock();
    const known = this.#traces.get(traceId);
    if (known !== undefined) {
      this.#traces.delete(traceId);
      this.#traces.set(traceId, known);
      known.heardAt = heardAt;
      return known.trace;
    }
    const stored = await this.#store.get(traceId);
    if (stored === undefined) this.#totals.traces++;
    const trace =
      stored === undefined ? new AssemblingTrace(traceId, resource) : AssemblingTrace.of(stored);
    this.#traces.set(traceId, { trace, heardAt });
    return trace;
  }

  #headOf(trace: AssemblingTrace): TraceHead | undefined {
    const head = trace.head();
    if (head === undefined) return undefined;
    const tags = [...new Set([...head.tags, ...this.#tags])];
    return this.#cleanHead({ ...head, tags });
  }

  async #append(ids: ReadonlySet<string>, spans: readonly Span[]): Promise<string[]> {
    if (ids.size === 0) return [];
    const heads = [...ids].flatMap((id) => this.#headOf(this.#traces.get(id)!.trace) ?? []);
    try {
      await this.#store.append({ heads, spans });
      const rewards = spans.filter(({ kind }) => kind === "reward").length;
      this.#totals.rewards += rewards;
      this.#totals.spans += spans.length - rewards;
      return [];
    } catch (error) {
      if (!isError(error, "TRACE_INVALID")) throw error;
      if (spans.length <= 1) return [messageOf(error).split("\n")[0]!];
      const middle = Math.ceil(spans.length / 2);
      const parts = [spans.slice(0, middle), spans.slice(middle)];
      const refused: string[] = [];
      for (const part of parts) {
        const own = new Set(part.map(({ traceId }) => traceId));
        refused.push(...(await this.#append(own, part)));
      }
      return refused;
    }
  }

  async #forgetOldest(): Promise<void> {
    for (const [id, { trace }] of this.#traces) {
      if (this.#traces.size <= this.#limit) return;
      this.#traces.delete(id);
      if (!trace.isOpen) continue;
      trace.settle();
      const head = this.#headOf(trace);
      if (head !== undefined) await this.#store.append({ heads: [head] });
    }
  }
}

/** Another sender than the trace's first says so on each span. */
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

/** Before OTLP 1.5 the name was an attribute. */
function eventName({ eventName: name, attributes }: OtlpLog): string {
  const old = attributes["event.name"];
  return name === "" && typeof old === "string" ? old : name;
}
