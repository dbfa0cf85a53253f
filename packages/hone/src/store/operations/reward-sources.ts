/** Whose rewards the traces of a list count for: numbers of people, of judges and of rules are on different scales. */
import { promisePool } from "../../core/promise-pool.ts";
import type { RewardSource } from "../../core/rollout.ts";
import { rewardSourceOf } from "../../core/trace-reward.ts";
import type { TraceSummary } from "../../core/trace-summary.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { getReadable } from "../unreadable-parts.ts";

/** Traces that are read at a time. */
const AT_ONCE = 8;

/** The sources of the rewards of these traces by their ids. Traces without a reward are not read, and are not among them. */
export async function rewardSources(
  store: TraceStore,
  traces: readonly TraceSummary[],
): Promise<ReadonlyMap<string, RewardSource>> {
  const found = new Map<string, RewardSource>();
  const rewarded = traces.filter(({ reward }) => reward !== undefined);
  const reads = rewarded.map(({ id }) => async (): Promise<void> => {
    const trace = await getReadable(store, id);
    const source = trace && rewardSourceOf(trace);
    if (source !== undefined) found.set(id, source);
  });
  await promisePool(reads, AT_ONCE);
  return found;
}
