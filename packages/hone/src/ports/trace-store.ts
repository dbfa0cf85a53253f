/**
 * The contract of stores of traces: files, SQLite, PostgreSQL and memory fulfil it.
 *
 * The promise of a write resolves when what was written is durable, and not before: a process that is killed right after it
 * loses nothing. A trace is written whole or not at all; SQL stores write a whole batch or nothing of it. Writing the same
 * thing again changes nothing, so a write that failed, or whose answer was lost, is simply repeated.
 */
import type { HoneError } from "../core/errors.ts";
import type { Failure } from "../core/failure.ts";
import type { Feedback } from "../core/feedback.ts";
import type { OnProgress } from "../core/progress.ts";
import type { Span } from "../core/span.ts";
import type { Trace, TraceHead, TraceReward } from "../core/trace.ts";
import type { OverviewOptions, TraceOverview } from "../core/trace-overview.ts";
import type { TraceFilter, TracePage, TraceQuery } from "../core/trace-query.ts";
import type { TraceGrouping } from "../core/trace-grouping.ts";
import type { TraceStatistics } from "../core/trace-statistics.ts";
import type { TraceSummary } from "../core/trace-summary.ts";

/** Changes written together, applied in the order of the fields. */
export interface TraceBatch {
  /**
   * New heads, and heads that replace the stored head of their id. Stored rewards and feedback stay, unless the new head has
   * one of the same id.
   */
  readonly heads?: readonly TraceHead[];
  /** New spans, and spans that replace the stored span of their trace and id. */
  readonly spans?: readonly Span[];
  /** Rewards to add to traces; a stored reward of the same id is replaced. */
  readonly rewards?: readonly { readonly traceId: string; readonly reward: TraceReward }[];
  /** Feedback to add to each trace it speaks of; stored feedback of the same id is replaced. */
  readonly feedback?: readonly Feedback[];
}

/** A store of traces. */
export interface TraceStore {
  /** Names the store in messages, such as "sqlite:./hone.db". */
  readonly url: string;
  /**
   * Adds to traces as they grow.
   *
   * @throws TRACE_NOT_FOUND for a span, a reward or feedback of a trace that is neither stored nor in this batch; TRACE_INVALID
   * for values that the formats do not allow. In both cases nothing of the batch is written.
   */
  append(batch: TraceBatch): Promise<void>;
  /** Writes whole traces; each replaces the stored trace of its id with all its spans. @throws TRACE_INVALID */
  put(traces: readonly Trace[]): Promise<void>;
  /**
   * The trace of this id, if it is stored.
   *
   * @throws STORE_DAMAGED, FILE_DAMAGED or FORMAT_UNKNOWN_VERSION for a stored trace that cannot be read
   */
  get(id: string): Promise<Trace | undefined>;
  /** At most `limit` ids of traces that begin with these characters, the smallest first. */
  ids(beginning: string, limit: number): Promise<readonly string[]>;
  /** One page of the traces of a query, as summaries. @throws TRACE_QUERY_INVALID */
  query(query?: TraceQuery): Promise<TracePage>;
  /** Counts and quantiles of the traces of a filter, one row for each group, in the order of their keys. @throws TRACE_QUERY_INVALID */
  aggregate(
    filter?: TraceFilter,
    by?: TraceGrouping,
    options?: { readonly onProgress?: OnProgress | undefined },
  ): Promise<readonly TraceStatistics[]>;
  /**
   * Counts and quantiles of the traces of a filter without those of their calls, which SQL stores tell far sooner than `aggregate`
   * (by model or member, and with prices, they read the calls). Rows in the order of stretches, then of keys.
   *
   * @throws TRACE_QUERY_INVALID
   */
  overview(filter?: TraceFilter, options?: OverviewOptions): Promise<readonly TraceOverview[]>;
  /**
   * Whole traces in the order of their start, then of their id; memory does not grow with their number. Traces that cannot be
   * read are left out, here and in `summaries` and `spans`, and reported once to the `onProblem` given when the store was
   * opened.
   */
  traces(filter?: TraceFilter): AsyncIterable<Trace>;
  /** Summaries of traces, in the order of `traces`. */
  summaries(filter?: TraceFilter): AsyncIterable<TraceSummary>;
  /** All spans of the traces of a filter, in the order of `traces`; memory does not grow with their number. */
  spans(filter?: TraceFilter): AsyncIterable<Span>;
  /**
   * What went wrong in the traces of a filter, in the order of `traces`: first of a trace that failed or was cancelled its own
   * error, then those of its spans; memory does not grow with their number.
   */
  failures(filter?: TraceFilter): AsyncIterable<Failure>;
  /** Deletes traces by their ids; ids that are not stored are passed over. Returns how many were deleted. */
  delete(ids: readonly string[]): Promise<number>;
  /** Deletes traces that started before this time (Unix milliseconds). Returns how many were deleted. */
  prune(before: number): Promise<number>;
  /** Resolves when a query with `text` finds everything that was written before this call. */
  settle(): Promise<void>;
  /** Looks for damage in what is stored: one error with a code for each fault. Changes nothing. */
  check(): Promise<readonly HoneError[]>;
  /** Finishes calls under way, then closes the store. Later calls throw STORE_CLOSED. */
  close(): Promise<void>;
}
