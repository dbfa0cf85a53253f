/** The rollouts that a worker could not play a moment ago, which it leaves to other workers for a while. */

/** Rollouts that are left to others. */
export interface RefusedRollouts {
  /** Leaves a rollout to others from now on. */
  add(id: string): void;
  /** The ids of those that are still left to others: the last 1000, which a request for leases names at most. */
  ids(): readonly string[];
}

const maxIds = 1000;

/** @param forMs  how long each is left to others, in ms */
export function refusedRollouts(forMs: number): RefusedRollouts {
  // When each may be taken again; the earliest first.
  const until = new Map<string, number>();
  return {
    add: (id) => {
      until.delete(id);
      until.set(id, performance.now() + forMs);
    },
    ids: () => {
      const now = performance.now();
      for (const [id, end] of until) if (end <= now) until.delete(id);
      return [...until.keys()].slice(-maxIds);
    },
  };
}
