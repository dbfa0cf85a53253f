/** Running traces that have been silent for a while: their processes may have been killed. */
import { isQuiet, lastSeenOf } from "../../core/last-seen.ts";
import type { TraceSummary } from "../../core/trace-summary.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { getReadable } from "../unreadable-parts.ts";

/** The running traces among these that have been silent for a minute: id → their last sign, in Unix milliseconds. */
export async function quietSince(
  store: TraceStore,
  traces: readonly TraceSummary[],
  now = Date.now(),
): Promise<ReadonlyMap<string, number>> {
  const quiet = new Map<string, number>();
  for (const { id, status, startedAt } of traces) {
    // A trace that began less than a minute ago cannot be silent for one; its spans need not be read.
    if (status !== "running" || !isQuiet(startedAt, now)) continue;
    const trace = await getReadable(store, id);
    if (trace?.status !== "running") continue;
    const last = lastSeenOf(trace);
    if (isQuiet(last, now)) quiet.set(id, last);
  }
  return quiet;
}
