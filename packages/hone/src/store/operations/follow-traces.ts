/**
 * Traces as another process writes them: the store is asked again and again what is new.
 *
 * Each look reads two short lists along the store's indexes, whatever else it holds: the newest traces, and those that
 * run. A trace whose row differs from the last look is read whole. So what costs is what changes: an idle store of 10⁵
 * traces costs two queries of at most a page. Seen are new traces, what happens to running ones, and late changes (a
 * verdict, a late span) of the newest page and of those that ran at the last look; older ones are not looked at again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { HoneError } from "../../core/errors.ts";
import type { Span } from "../../core/span.ts";
import { headOf, type Trace } from "../../core/trace.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import { summaryOf, sumSpans, type TraceSummary } from "../../core/trace-summary.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { getReadable } from "../unreadable-parts.ts";

/** A trace that is new or has changed. */
export interface TraceChange {
  readonly trace: Trace;
  readonly isNew: boolean;
  /** Spans that were not there before, and those that ended since. */
  readonly spans: readonly Span[];
}

export interface FollowOptions {
  readonly filter?: TraceFilter;
  /** Traces that started before this time are old: only what happens to them from now on is told. Unix milliseconds. */
  readonly since: number;
  /** Traces remembered that neither run nor are new. Default 10,000. */
  readonly remembered?: number;
  /** Hears of traces that cannot be read; the others are followed. */
  readonly onUnreadable?: (problem: HoneError) => void;
}

export interface Following {
  readonly signal: AbortSignal;
  /** Between two looks. Default 250 ms; longer where a look takes long, so that at most a fifth of the time is spent. */
  readonly intervalMs?: number;
  /** Hears of looks that failed, and the next one is taken; without it the first failure is thrown. */
  readonly onProblem?: (problem: unknown) => void;
}

interface Known {
  /** What a summary says that may change. */
  state: string;
  isRunning: boolean;
  /** Ids of spans told, "+" before those that have ended; undefined: those from before `since` are not known. */
  spans: Set<string> | undefined;
}

/** Traces of one list. */
const page = 100;

/** Looks at a store; each look tells what changed since the one before. */
export class TraceFollower {
  readonly #store: TraceStore;
  readonly #filter: TraceFilter;
  readonly #since: number;
  readonly #remembered: number;
  readonly #onUnreadable: (problem: HoneError) => void;
  readonly #known = new Map<string, Known>();
  #isFirst = true;

  constructor(store: TraceStore, options: FollowOptions) {
    const { filter = {}, since, remembered = 10_000, onUnreadable = () => undefined } = options;
    this.#onUnreadable = onUnreadable;
    this.#store = store;
    this.#filter = filter;
    this.#since = since;
    this.#remembered = remembered;
  }

  /** Changes as they come, until the signal. @throws as `look`, where nobody hears of problems */
  async *changes(following: Following): AsyncGenerator<readonly TraceChange[], void> {
    const { signal, intervalMs = 250, onProblem } = following;
    while (!signal.aborted) {
      const begun = performance.now();
      let changes: readonly TraceChange[] = [];
      try {
        changes = await this.look();
      } catch (problem) {
        if (onProblem === undefined) throw problem;
        onProblem(problem);
      }
      const pauseMs = Math.max(intervalMs, 4 * (performance.now() - begun));
      if (changes.length > 0) yield changes;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Changes since the last look, traces in the order of their start. @throws as the store's `query` and `get` */
  async look(): Promise<TraceChange[]> {
    const listed = await this.#listed();
    const changed = [...listed.values()].filter((one) => {
      const state = stateOf(one);
      if (this.#known.get(one.id)?.state === state) return false;
      if (!this.#isFirst || one.startedAt >= this.#since) return true;
      this.#known.set(one.id, { state, isRunning: isRunning(one), spans: undefined });
      return false;
    });
    // What ran at the last look and is in no list now has ended long after it began.
    const ended = [...this.#known]
      .filter(([id, known]) => known.isRunning && !listed.has(id))
      .map(([id]) => id);
    this.#isFirst = false;
    const changes: TraceChange[] = [];
    for (const one of changed.toSorted((a, b) => a.startedAt - b.startedAt))
      changes.push(...(await this.#read(one.id, stateOf(one))));
    for (const id of ended) changes.push(...(await this.#read(id)));
    this.#forget();
    return changes;
  }

  /** The newest page, further ones while all in them is new to us, and those that run. */
  async #listed(): Promise<Map<string, TraceSummary>> {
    const found = new Map<string, TraceSummary>();
    const collect = async (
      filter: TraceFilter,
      goOn: (traces: readonly TraceSummary[]) => boolean,
    ) => {
      let cursor: string | undefined;
      do {
        const place = cursor === undefined ? {} : { cursor };
        const { traces, next } = await this.#store.query({ ...filter, ...place, limit: page });
        for (const trace of traces) found.set(trace.id, trace);
        cursor = goOn(traces) ? next : undefined;
      } while (cursor !== undefined);
    };
    await collect(this.#filter, (traces) => {
      const oldest = traces.at(-1);
      return oldest !== undefined && oldest.startedAt >= this.#since && !this.#known.has(oldest.id);
    });
    const { status } = this.#filter;
    if (status === undefined || status === "running")
      await collect({ ...this.#filter, status: "running" }, () => true);
    return found;
  }

  async #read(id: string, state?: string): Promise<TraceChange[]> {
    let isUnreadable = false;
    const trace = await getReadable(this.#store, id, (problem) => {
      isUnreadable = true;
      this.#onUnreadable(problem);
    });
    // It is looked at again when its row changes.
    if (isUnreadable && state !== undefined) {
      this.#known.set(id, { state, isRunning: false, spans: undefined });
      return [];
    }
    const known = this.#known.get(id);
    if (trace === undefined) {
      this.#known.delete(id);
      return [];
    }
    const told = known?.spans ?? new Set<string>();
    const isOld = trace.startedAt < this.#since && known?.spans === undefined;
    const spans = trace.spans.filter((span) => {
      const mark = span.endedAt === undefined ? span.id : `+${span.id}`;
      if (told.has(mark)) return false;
      told.add(mark);
      return !isOld || (span.endedAt ?? span.startedAt) >= this.#since;
    });
    this.#known.delete(id);
    // Of what was read, which may be newer than the list.
    const now = stateOf(summaryOf(headOf(trace), sumSpans(trace.spans)));
    this.#known.set(id, { state: now, isRunning: trace.status === "running", spans: told });
    // One that could not be read before is told for the first time.
    const isNew = known === undefined || (known.spans === undefined && !isOld);
    return [{ trace, isNew, spans }];
  }

  /** The oldest news first. */
  #forget(): void {
    for (const [id, { isRunning: runs }] of this.#known) {
      if (this.#known.size <= this.#remembered) return;
      if (!runs) this.#known.delete(id);
    }
  }
}

const isRunning = ({ status }: TraceSummary): boolean => status === "running";

const stateOf = ({ status, endedAt, reward, spanCount, errorCount, tokens }: TraceSummary) =>
  [status, endedAt, reward, spanCount, errorCount, tokens.input, tokens.output].join(" ");

/**
 * Changes as they come, until the signal.
 * @throws as `TraceFollower.look`
 */
export const followTraces = (
  store: TraceStore,
  options: FollowOptions & Following,
): AsyncGenerator<readonly TraceChange[], void> =>
  new TraceFollower(store, options).changes(options);
