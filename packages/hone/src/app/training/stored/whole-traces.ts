/** A store that takes batches of whole traces, so that a rollout that is written again leaves nothing of before. */
import type { Span } from "../../../core/span.ts";
import type { TraceBatch, TraceStore } from "../../../ports/trace-store.ts";

/** What a writer of traces does with a store. */
type WrittenStore = Pick<TraceStore, "url" | "append" | "close">;

/**
 * The store with an `append` that puts traces: a stored trace of an id is replaced with all its spans. Appending would keep the
 * spans of a longer rollout of before.
 */
export function wholeTraces(store: TraceStore): WrittenStore {
  return {
    url: store.url,
    append: async ({ heads = [], spans = [] }: TraceBatch) => {
      const byTrace = Map.groupBy(spans, ({ traceId }) => traceId);
      const none: readonly Span[] = [];
      await store.put(heads.map((head) => ({ ...head, spans: byTrace.get(head.id) ?? none })));
    },
    close: () => store.close(),
  };
}
