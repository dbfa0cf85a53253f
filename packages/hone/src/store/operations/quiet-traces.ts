/** Traces that run and have said nothing for a while: their processes may have been killed. */
import { isQuiet, lastSeenOf } from "../../core/last-seen.ts";
import type { TraceSummary } from "../../core/trace-summary.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { getReadable } from "../unreadable-parts.ts";

/** Of the running ones among them that are quiet, by their ids: when they were last heard of. Unix milliseconds. */
export async function quietSince(
  store: TraceStore,
  traces: readonly TraceSummary[],
  now = Date.now(),
): Promise<ReadonlyMap<string, number>> {
  const quiet = new Map<string, number>();
  for (const { id, status, startedAt } of traces) {
    // What has just begun needs no look at its spans.
    if (status !== "running" || !isQuiet(startedAt, now)) continue;
    const trace = await getReadable(store, id);
    if (trace?.status !== "running") continue;
    const last = lastSeenOf(trace);
    if (isQuiet(last, now)) quiet.set(id, last);
  }
  return quiet;
}
