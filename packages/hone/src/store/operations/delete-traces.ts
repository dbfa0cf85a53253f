/** Deleting traces by their ids or by a filter, after it was said how many they are. */
import { HoneError } from "../../core/errors.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import type { OnProgress } from "../../core/progress.ts";
import { findTraceId } from "./find-trace.ts";

/** Traces deleted at once. */
const deletedAtOnce = 500;

/**
 * The ids of those traces, each once.
 * @throws as `findTraceId` for beginnings that fit none or several
 */
export async function idsToDelete(
  store: TraceStore,
  chosen: { readonly beginnings: readonly string[] } | { readonly filter: TraceFilter },
): Promise<string[]> {
  const ids = new Set<string>();
  if ("beginnings" in chosen) {
    for (const beginning of chosen.beginnings) ids.add(await findTraceId(store, beginning));
  } else {
    await store.settle();
    for await (const { id } of store.summaries(chosen.filter)) ids.add(id);
  }
  return [...ids];
}

/** How many of them there were. @throws CANCELLED after the signal */
export async function deleteTraces(
  store: TraceStore,
  ids: readonly string[],
  options: { readonly signal?: AbortSignal; readonly onProgress?: OnProgress } = {},
): Promise<number> {
  let count = 0;
  for (let at = 0; at < ids.length; at += deletedAtOnce) {
    const chunk = ids.slice(at, at + deletedAtOnce);
    if (options.signal?.aborted === true)
      throw new HoneError("CANCELLED", { what: `The deletion (${count} traces deleted)` });
    count += await store.delete(chunk);
    const share = (at + chunk.length) / ids.length;
    options.onProgress?.({ what: `deleted ${count} traces`, share });
  }
  return count;
}
