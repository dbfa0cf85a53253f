/** What a batch does to each trace it touches, for stores that hold a trace as one piece. */
import { HoneError } from "../core/errors.ts";
import type { Span } from "../core/span.ts";
import {
  mergeRewards,
  orderSpans,
  type Trace,
  type TraceHead,
  type TraceReward,
} from "../core/trace.ts";
import type { TraceBatch } from "../ports/trace-store.ts";

export interface TraceChange {
  head: TraceHead | undefined;
  readonly spans: Span[];
  readonly rewards: TraceReward[];
}

/** Trace id → its changes, in the order the batch first names it. */
export function changesOf(batch: TraceBatch): Map<string, TraceChange> {
  const changes = new Map<string, TraceChange>();
  const changeOf = (id: string): TraceChange => {
    const known = changes.get(id);
    if (known !== undefined) return known;
    const fresh: TraceChange = { head: undefined, spans: [], rewards: [] };
    changes.set(id, fresh);
    return fresh;
  };
  for (const head of batch.heads ?? []) {
    const change = changeOf(head.id);
    change.rewards.push(...head.rewards);
    change.head = head;
  }
  for (const span of batch.spans ?? []) changeOf(span.traceId).spans.push(span);
  for (const { traceId, reward } of batch.rewards ?? []) changeOf(traceId).rewards.push(reward);
  return changes;
}

/** The trace after the change. @throws TRACE_NOT_FOUND when there is no trace to change and no head to begin one */
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
    spans: orderSpans([...spans.values()]),
  };
}
