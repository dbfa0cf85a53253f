/** What a run has cost so far: processor time and memory of its process, all sessions together. */

/** Of all sessions of a run. */
export interface RunCost {
  /** Seconds of the processor, of all threads of the process together, while the run went. */
  readonly processorSeconds: number;
  /** The most memory that the process had, in bytes, since its start. */
  readonly peakMemoryBytes: number;
}

/** Counts from now on. @param earlier the cost of the sessions before this one; undefined where they did not count it */
export function sessionCost(earlier: RunCost | undefined): () => RunCost {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    const peak = process.resourceUsage().maxRSS * 1024;
    return {
      processorSeconds: (earlier?.processorSeconds ?? 0) + (user + system) / 1e6,
      peakMemoryBytes: Math.max(earlier?.peakMemoryBytes ?? 0, peak),
    };
  };
}
