/** Deleting the traces that started before a time. */
import { HoneError } from "../../core/errors.ts";
import type { OnProgress } from "../../core/progress.ts";
import type { TraceStore } from "../../ports/trace-store.ts";

export interface PruneOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** Number of traces that are looked up and deleted at once. */
const prunedAtOnce = 500;

/**
 * Deletes the traces that started before this time (Unix milliseconds), the oldest first. Other than the store's own
 * `prune` it reports progress and can be cancelled.
 * @returns how many there were
 * @throws CANCELLED after the signal
 */
export async function pruneTraces(
  store: TraceStore,
  before: number,
  { signal, onProgress }: PruneOptions = {},
): Promise<number> {
  let count = 0;
  for (;;) {
    if (signal?.aborted === true) {
      throw new HoneError("CANCELLED", { what: `The deletion (${count} traces deleted)` });
    }
    const order = { by: "startedAt", direction: "ascending" } as const;
    const { traces } = await store.query({ to: before, order, limit: prunedAtOnce });
    if (traces.length === 0) return count;
    count += await store.delete(traces.map(({ id }) => id));
    onProgress?.({ what: `deleted ${count} traces` });
  }
}

/** How many traces started before this time (Unix milliseconds). */
export async function countBefore(store: TraceStore, before: number): Promise<number> {
  let count = 0;
  for await (const _ of store.summaries({ to: before })) count++;
  return count;
}
