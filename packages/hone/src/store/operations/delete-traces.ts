/** Deleting traces by their ids or by a filter, in two steps, so that a user can be told their number in between. */
import { HoneError, isError } from "../../core/errors.ts";
import { isDamage } from "../../core/stored-damage.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import type { OnProgress } from "../../core/progress.ts";
import { findTraceId } from "./find-trace.ts";

/** Number of traces that are deleted at once. */
const deletedAtOnce = 500;

/** Which traces are deleted: by the beginnings of their ids, or by a filter. */
export type ChosenTraces =
  | { readonly beginnings: readonly string[] }
  | { readonly filter: TraceFilter };

/**
 * The ids of the chosen traces, each once.
 * @throws as `findTraceId` for a beginning that no id or several ids have
 */
export async function idsToDelete(store: TraceStore, chosen: ChosenTraces): Promise<string[]> {
  const ids = new Set<string>();
  if ("beginnings" in chosen) {
    for (const beginning of chosen.beginnings) ids.add(await idToDelete(store, beginning));
  } else {
    await store.settle();
    for await (const { id } of store.summaries(chosen.filter)) ids.add(id);
  }
  return [...ids];
}

/** As `findTraceId`; also the whole id of a trace that is not listed because it is damaged. */
async function idToDelete(store: TraceStore, beginning: string): Promise<string> {
  try {
    return await findTraceId(store, beginning);
  } catch (error) {
    if (!isError(error, "TRACE_NOT_FOUND") || !(await isDamaged(store, beginning))) throw error;
    return beginning;
  }
}

async function isDamaged(store: TraceStore, id: string): Promise<boolean> {
  try {
    await store.get(id);
    return false;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return error.code !== "FORMAT_UNKNOWN_VERSION";
  }
}

/** Deletes traces by their ids. Returns how many of them there were. @throws CANCELLED after the signal */
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
