/**
 * Where traces are kept: files, SQLite, PostgreSQL or memory, all behind this contract.
 *
 * Every promise of a write resolves when what was written is durable, and not before: a process killed right after it
 * loses nothing. A trace is written whole or not at all; SQL stores write the whole batch or nothing of it. Writing the
 * same thing again changes nothing, so a write that failed or whose answer was lost is simply repeated.
 */
import type { HoneError } from "../core/errors.ts";
import type { Feedback } from "../core/feedback.ts";
import type { Span } from "../core/span.ts";
import type { Trace, TraceHead, TraceReward } from "../core/trace.ts";
import type { TraceFilter, TracePage, TraceQuery } from "../core/trace-query.ts";
import type { TraceGrouping, TraceStatistics } from "../core/trace-statistics.ts";
import type { TraceSummary } from "../core/trace-summary.ts";

/** Changes written together, applied in the order of the fields. */
export interface TraceBatch {
  /** New heads, and heads that replace the one of their id; rewards and feedback already there stay unless one of the same id comes. */
  readonly heads?: readonly TraceHead[];
  /** New spans, and spans that replace the one of their trace and id. */
  readonly spans?: readonly Span[];
  /** Verdicts added to traces; one of the same id is replaced. */
  readonly rewards?: readonly { readonly traceId: string; readonly reward: TraceReward }[];
  /** What people said, kept in each trace it speaks of; the same id again replaces it there. */
  readonly feedback?: readonly Feedback[];
}

export interface TraceStore {
  /** Names the store in messages, such as "sqlite:./hone.db". */
  readonly url: string;
  /**
   * Adds to traces as they grow.
   *
   * @throws TRACE_NOT_FOUND for a span, a reward or feedback of a trace that is neither stored nor in this batch, TRACE_INVALID for
   * what the formats do not allow; then nothing of the batch is written
   */
  append(batch: TraceBatch): Promise<void>;
  /** Whole traces; each replaces the one of its id with all of its spans. @throws TRACE_INVALID */
  put(traces: readonly Trace[]): Promise<void>;
  /** @throws STORE_DAMAGED, FILE_DAMAGED or FORMAT_UNKNOWN_VERSION for a trace that is there and cannot be read */
  get(id: string): Promise<Trace | undefined>;
  /** Ids that begin with these characters, the smallest first, at most `limit`. */
  ids(beginning: string, limit: number): Promise<readonly string[]>;
  /** One page of a list. @throws TRACE_QUERY_INVALID */
  query(query?: TraceQuery): Promise<TracePage>;
  /** Counts and quantiles of the traces of a filter, by group in the order of the keys. @throws TRACE_QUERY_INVALID */
  aggregate(filter?: TraceFilter, by?: TraceGrouping): Promise<readonly TraceStatistics[]>;
  /**
   * Whole traces in the order of start, then id; memory does not grow with their number. What cannot be read is left out, here
   * and in the two below: whoever opened the store hears of it once (`onProblem`).
   */
  traces(filter?: TraceFilter): AsyncIterable<Trace>;
  /** Summaries in the same order. */
  summaries(filter?: TraceFilter): AsyncIterable<TraceSummary>;
  /** All spans of those traces in the same order; memory does not grow with their number. */
  spans(filter?: TraceFilter): AsyncIterable<Span>;
  /** How many of these there were; unknown ids are passed over. */
  delete(ids: readonly string[]): Promise<number>;
  /** Deletes traces that started before this time (Unix milliseconds); how many. */
  prune(before: number): Promise<number>;
  /** Resolves when everything written before this call is found by a query with `text`. */
  settle(): Promise<void>;
  /** What is wrong with what is stored, one error with a code for each thing; changes nothing. */
  check(): Promise<readonly HoneError[]>;
  /** Finishes what was begun; calls after it throw STORE_CLOSED. */
  close(): Promise<void>;
}
