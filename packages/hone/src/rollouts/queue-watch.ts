/** Follows the rollouts of a request while workers hold them: for a run's progress, and to notice that no worker comes. */
import type { RolloutQueue } from "../ports/rollout-queue.ts";
import type { RolloutProgress } from "./rollout-progress.ts";

/** Time without a worker after which a run says that none comes, in ms. */
export const defaultAbsentMs = 30_000;

/** What is followed, and who is told. */
export interface QueueWatchOptions {
  readonly queue: Pick<RolloutQueue, "held">;
  /** Is told which rollouts run, how many workers hold them, and how many wait. */
  readonly progress: RolloutProgress;
  /** Called when no worker held a rollout of the queue for `absentMs`, with the number of rollouts that wait; then again only after one came. */
  readonly onAbsent?: ((waiting: number) => void) | undefined;
  /** Time without a worker until `onAbsent` is called, in ms. Default 30,000. */
  readonly absentMs?: number | undefined;
  /** Time between two looks at the queue, in ms. Default 1000. */
  readonly lookMs?: number | undefined;
}

/** Follows the rollouts of one request. */
export interface QueueWatch {
  /**
   * Looks who holds what, unless the last look was less than `lookMs` ago.
   * @param waiting  the rollouts that have not ended: their names in the queue → their ids
   */
  look(waiting: ReadonlyMap<string, string>): Promise<void>;
  /** A rollout has ended, so a worker was there. */
  sawWorker(): void;
  /** Nothing waits any more. */
  end(): void;
}

/** Follows a request from now on. */
export function queueWatch(options: QueueWatchOptions): QueueWatch {
  const { queue, progress, onAbsent, absentMs = defaultAbsentMs, lookMs = 1000 } = options;
  let lookedAt = -Infinity;
  let seenAt = performance.now();
  let isTold = false;
  const sawWorker = (): void => {
    seenAt = performance.now();
    isTold = false;
  };
  return {
    sawWorker,
    end: () => progress.follow([], { workers: 0, waiting: 0 }),
    async look(waiting) {
      const now = performance.now();
      if (now - lookedAt < lookMs) return;
      lookedAt = now;
      const held = await queue.held();
      // Workers that are busy with other runs will come to this one.
      if (held.length > 0) sawWorker();
      const own = held.filter(({ id }) => waiting.has(id));
      const workers = new Set(own.map(({ worker }) => worker)).size;
      const running = own.map(({ id }) => waiting.get(id)!);
      progress.follow(running, { workers, waiting: waiting.size - own.length });
      if (isTold || now - seenAt < absentMs) return;
      isTold = true;
      onAbsent?.(waiting.size);
    },
  };
}
