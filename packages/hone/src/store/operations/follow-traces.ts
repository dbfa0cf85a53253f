/**
 * Following the traces that other processes write, by asking the store repeatedly what is new.
 *
 * Each look at the store reads two short lists along its indexes, however many traces it holds: the newest traces, and the
 * running ones. A trace whose row differs from the last look is read whole. So the cost follows the changes: an idle store of
 * 10⁵ traces costs two queries of at most a page. A look finds new traces, every change of running traces, and late changes (a
 * reward, a late span) of the newest page and of traces that ran at the last look. Older traces are not looked at again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { HoneError } from "../../core/errors.ts";
import type { Span } from "../../core/span.ts";
import type { Trace } from "../../core/trace.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import { summaryOf, type TraceSummary } from "../../core/trace-summary.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { getReadable } from "../unreadable-parts.ts";

/** A trace that is new or has changed. */
export interface TraceChange {
  readonly trace: Trace;
  readonly isNew: boolean;
  /** The spans that are new or have ended since the last look. */
  readonly spans: readonly Span[];
}

export interface FollowOptions {
  readonly filter?: TraceFilter;
  /** Of traces that started before this time only later changes are reported. Unix milliseconds. */
  readonly since: number;
  /** Largest number of ended traces that are remembered, so that their changes show. Default 10,000. */
  readonly maxRemembered?: number;
  /** Called for each trace that cannot be read; the others are followed. */
  readonly onUnreadable?: (problem: HoneError) => void;
}

export interface Following {
  readonly signal: AbortSignal;
  /** Pause between two looks, in ms. Default 250. After a slow look it is longer, so that looking takes at most a fifth of the time. */
  readonly intervalMs?: number;
  /** Called when a look fails; following goes on. Default: the first failure is thrown. */
  readonly onProblem?: (problem: unknown) => void;
}

/** What was seen of a trace at the last look. */
interface SeenTrace {
  /** The parts of its summary that may change, as one text. */
  state: string;
  isRunning: boolean;
  /**
   * Ids of the spans that were reported, with "+" before those that have ended. Undefined: the trace is older than `since`, and
   * none of its spans was reported.
   */
  spans: Set<string> | undefined;
}

/** Number of traces that are read from the store with one query. */
const page = 100;

/** Looks at a store repeatedly; each look gives the changes since the look before. */
export class TraceFollower {
  readonly #store: TraceStore;
  readonly #filter: TraceFilter;
  readonly #since: number;
  readonly #maxRemembered: number;
  readonly #onUnreadable: (problem: HoneError) => void;
  readonly #known = new Map<string, SeenTrace>();
  #isFirst = true;

  constructor(store: TraceStore, options: FollowOptions) {
    const { filter = {}, since, maxRemembered = 10_000, onUnreadable = () => undefined } = options;
    this.#onUnreadable = onUnreadable;
    this.#store = store;
    this.#filter = filter;
    this.#since = since;
    this.#maxRemembered = maxRemembered;
  }

  /** The changes as they come, until the signal. @throws as `look`, unless `onProblem` is given */
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

  /** The changes since the last look, in the order in which the traces started. @throws as the store's `query` and `get` */
  async look(): Promise<TraceChange[]> {
    const listed = await this.#listed();
    const changed = [...listed.values()].filter((one) => {
      const state = stateOf(one);
      if (this.#known.get(one.id)?.state === state) return false;
      if (!this.#isFirst || one.startedAt >= this.#since) return true;
      this.#known.set(one.id, { state, isRunning: isRunning(one), spans: undefined });
      return false;
    });
    // A trace that ran at the last look and is in neither list has ended; it is not among the newest.
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

  /** The newest page and the running traces; further pages as long as every trace in them is new. */
  async #listed(): Promise<Map<string, TraceSummary>> {
    const found = new Map<string, TraceSummary>();
    const collect = async (
      filter: TraceFilter,
      wantsMore: (traces: readonly TraceSummary[]) => boolean,
    ) => {
      let cursor: string | undefined;
      do {
        const place = cursor === undefined ? {} : { cursor };
        const { traces, next } = await this.#store.query({ ...filter, ...place, limit: page });
        for (const trace of traces) found.set(trace.id, trace);
        cursor = wantsMore(traces) ? next : undefined;
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
    // An unreadable trace is read again when its row changes.
    if (isUnreadable && state !== undefined) {
      this.#known.set(id, { state, isRunning: false, spans: undefined });
      return [];
    }
    const known = this.#known.get(id);
    if (trace === undefined) {
      this.#known.delete(id);
      return [];
    }
    const reported = known?.spans ?? new Set<string>();
    const isOld = trace.startedAt < this.#since && known?.spans === undefined;
    const spans = trace.spans.filter((span) => {
      const mark = span.endedAt === undefined ? span.id : `+${span.id}`;
      if (reported.has(mark)) return false;
      reported.add(mark);
      return !isOld || (span.endedAt ?? span.startedAt) >= this.#since;
    });
    this.#known.delete(id);
    // The state of the trace as it was read, which may be newer than the list.
    const now = stateOf(summaryOf(trace));
    this.#known.set(id, { state: now, isRunning: trace.status === "running", spans: reported });
    // A trace that could not be read before is new when it can be read.
    const isNew = known === undefined || (known.spans === undefined && !isOld);
    return [{ trace, isNew, spans }];
  }

  /** Forgets the traces that were seen longest ago, but not running ones. */
  #forget(): void {
    for (const [id, { isRunning: runs }] of this.#known) {
      if (this.#known.size <= this.#maxRemembered) return;
      if (!runs) this.#known.delete(id);
    }
  }
}

const isRunning = ({ status }: TraceSummary): boolean => status === "running";

const stateOf = ({ status, endedAt, reward, spanCount, errorCount, tokens }: TraceSummary) =>
  [status, endedAt, reward, spanCount, errorCount, tokens.input, tokens.output].join(" ");

/**
 * The changes in a store as they come, until the signal.
 * @throws as `TraceFollower.look`
 */
export const followTraces = (
  store: TraceStore,
  options: FollowOptions & Following,
): AsyncGenerator<readonly TraceChange[], void> =>
  new TraceFollower(store, options).changes(options);
