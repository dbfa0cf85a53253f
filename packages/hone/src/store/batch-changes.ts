/** What a batch does to each trace it touches, for stores that hold a trace as one piece. */
import { HoneError } from "../core/errors.ts";
import { type Feedback, tracesOfFeedback } from "../core/feedback.ts";
import type { Span } from "../core/span.ts";
import {
  mergeFeedback,
  mergeRewards,
  orderSpans,
  type Trace,
  type TraceHead,
  type TraceReward,
} from "../core/trace.ts";
import type { TraceBatch } from "../ports/trace-store.ts";

/** What a batch says of one trace. */
export interface TraceChange {
  readonly head: TraceHead | undefined;
  readonly spans: readonly Span[];
  readonly rewards: readonly TraceReward[];
  readonly feedback: readonly Feedback[];
}

/** A change that is being put together. */
interface GrowingChange extends TraceChange {
  head: TraceHead | undefined;
  readonly spans: Span[];
  readonly rewards: TraceReward[];
  readonly feedback: Feedback[];
}

/** The changes of each trace by its id, in the order in which the batch first names the traces. */
export function changesOf(batch: TraceBatch): Map<string, TraceChange> {
  const changes = new Map<string, GrowingChange>();
  const changeOf = (id: string): GrowingChange => {
    const known = changes.get(id);
    if (known !== undefined) return known;
    const fresh: GrowingChange = { head: undefined, spans: [], rewards: [], feedback: [] };
    changes.set(id, fresh);
    return fresh;
  };
  for (const head of batch.heads ?? []) {
    const change = changeOf(head.id);
    change.rewards.push(...head.rewards);
    change.feedback.push(...(head.feedback ?? []));
    change.head = head;
  }
  for (const span of batch.spans ?? []) changeOf(span.traceId).spans.push(span);
  for (const { traceId, reward } of batch.rewards ?? []) changeOf(traceId).rewards.push(reward);
  for (const said of batch.feedback ?? []) {
    for (const id of tracesOfFeedback(said)) changeOf(id).feedback.push(said);
  }
  return changes;
}

/** Changes of one trace, written one after the other, as one change. */
export const joinChanges = (changes: readonly TraceChange[]): TraceChange => ({
  head: changes.findLast(({ head }) => head !== undefined)?.head,
  spans: changes.flatMap(({ spans }) => spans),
  rewards: changes.flatMap(({ rewards }) => rewards),
  feedback: changes.flatMap(({ feedback }) => feedback),
});

/** The trace after the change. @throws TRACE_NOT_FOUND when the trace is not stored and the batch has no head for it */
export function applyChange(
  trace: Trace | undefined,
  change: TraceChange,
  place: { readonly store: string; readonly id: string },
): Trace {
  const head = change.head ?? trace;
  if (head === undefined) throw new HoneError("TRACE_NOT_FOUND", place);
  const spans = new Map((trace?.spans ?? []).map((span) => [span.id, span]));
  for (const span of change.spans) spans.set(span.id, span);
  return {
    ...head,
    rewards: mergeRewards(trace?.rewards ?? [], change.rewards),
    ...mergeFeedback(trace?.feedback, change.feedback),
    spans: orderSpans([...spans.values()]),
  };
}
