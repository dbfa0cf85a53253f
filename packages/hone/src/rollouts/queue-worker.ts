/**
 * A worker on a queue: it leases rollouts, plays them side by side, keeps its leases by heartbeats, and gives results back.
 *
 * A result whose lease ran out meanwhile is refused by the queue and dropped: another worker has that rollout. When the worker
 * is stopped or fails, it hands back what it holds, which does not count as an attempt. A queue that cannot be reached is waited for.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type HoneError, isError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { Lease, RolloutQueue } from "../ports/rollout-queue.ts";
import { endOf, type LeaseEnd } from "./lease-end.ts";
import { type RefusedRollouts, refusedRollouts } from "./refused-rollouts.ts";

/** What a worker did. */
export interface WorkerCounts {
  /** Rollouts whose results the queue took. */
  ended: number;
  /** Results and leases that the queue refused: the lease had run out, or the rollout was taken out. */
  refused: number;
  /** Rollouts that were handed back, or that failed at this worker. */
  handedBack: number;
}

/** Is told what became of the rollouts that are played. */
export interface PlayedRollouts {
  /** A rollout has ended, with this result. */
  ended(lease: Lease, result: JsonValue): void;
  /** This rollout cannot be played here now; others may be, and other workers may play it. It is handed back, and not taken again for a while. */
  unready(lease: Lease, error: HoneError): void;
  /** No worker can play this rollout. It has failed. */
  failed(lease: Lease, error: HoneError): void;
}

/** A worker's queue, and what it does with its rollouts. */
export interface QueueWorkerOptions {
  readonly queue: RolloutQueue;
  /** Names the worker in the queue. */
  readonly name: string;
  /** Rollouts that are held and played at a time. */
  readonly concurrency: number;
  /** Length of a lease in ms. */
  readonly leaseMs: number;
  /** Time between two heartbeats in ms. Default: a third of the lease. */
  readonly heartbeatMs?: number;
  /** Plays rollouts, and tells `to` of each. Rejects where no further rollout could be played either. */
  readonly play: (
    leases: readonly Lease[],
    to: PlayedRollouts,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Ends the worker. */
  readonly signal: AbortSignal;
  /** Is told the counts whenever they change. */
  readonly onChange?: (counts: Readonly<WorkerCounts>, held: number) => void;
  /** Whether rollouts could be played now; false is asked again. Default: they always could. */
  readonly isReady?: (signal: AbortSignal) => Promise<boolean>;
  /** Is told why a rollout could not be played here. */
  readonly onUnready?: (error: HoneError) => void;
  /** Is told that the queue cannot be reached, with the error. */
  readonly onAway?: (error: Error) => void;
  /** Ends the worker after this time without a rollout that it could play, in ms. Default: never. */
  readonly idleMs?: number | undefined;
  /** Time between two looks at an empty queue, in ms. Default 200. */
  readonly pollMs?: number;
  /** Time until a rollout that could not be played here is taken again, in ms. Default 10,000. */
  readonly refusedMs?: number;
}

/**
 * Works until the signal aborts, or nothing came for `idleMs`.
 * @throws what `play` throws, after the rollouts were handed back
 */
export async function workOnQueue(options: QueueWorkerOptions): Promise<WorkerCounts> {
  const worker = new QueueWorker(options);
  await worker.work();
  return worker.counts;
}

class QueueWorker {
  readonly counts: WorkerCounts = { ended: 0, refused: 0, handedBack: 0 };
  readonly #options: QueueWorkerOptions;
  readonly #held = new Map<string, Lease>();
  readonly #refused: RefusedRollouts;

  constructor(options: QueueWorkerOptions) {
    this.#options = options;
    this.#refused = refusedRollouts(options.refusedMs ?? 10_000);
  }

  async work(): Promise<void> {
    const { signal, idleMs } = this.#options;
    let idleSince = performance.now();
    while (!signal.aborted) {
      const leases = await this.#take();
      if (leases === undefined) return;
      const isPlayed = leases.length > 0 && (await this.#play(leases));
      if (isPlayed) idleSince = performance.now();
      else if (idleMs !== undefined && performance.now() - idleSince >= idleMs) return;
      else if (leases.length === 0) await this.#pause();
    }
  }

  /** Rollouts to play, without those that were refused a moment ago; undefined after the signal. */
  async #take(): Promise<readonly Lease[] | undefined> {
    const { queue, name: worker, concurrency: limit, leaseMs, signal, isReady } = this.#options;
    if (isReady !== undefined && !(await isReady(signal))) return [];
    const except = this.#refused.ids();
    return this.#reached(() => queue.lease({ worker, leaseMs, limit, except }));
  }

  /** Plays rollouts and ends their leases. Returns whether any of them could be played here. */
  async #play(leases: readonly Lease[]): Promise<boolean> {
    for (const lease of leases) this.#held.set(keyOf(lease), lease);
    this.#changed();
    const stop = new AbortController();
    const stopHeartbeats = this.#startHeartbeats(stop);
    const unready = new Set<string>();
    let failure: { readonly error: unknown } | undefined;
    try {
      await this.#playAndGive(leases, stop.signal, unready);
    } catch (error) {
      if (!this.#options.signal.aborted && !stop.signal.aborted) failure = { error };
    } finally {
      stopHeartbeats();
    }
    for (const lease of this.#held.values()) await this.#endLease(lease, endOf(failure?.error));
    if (failure !== undefined) throw failure.error;
    return unready.size < leases.length;
  }

  /** Plays the rollouts, and waits until the queue has taken what became of them. */
  async #playAndGive(
    leases: readonly Lease[],
    stop: AbortSignal,
    unready: Set<string>,
  ): Promise<void> {
    const signal = AbortSignal.any([this.#options.signal, stop]);
    const given: Promise<void>[] = [];
    const to: PlayedRollouts = {
      ended: (lease, result) => void given.push(this.#giveBack(lease, result)),
      unready: (lease, error) => {
        unready.add(lease.rollout.id);
        this.#refused.add(lease.rollout.id);
        this.#options.onUnready?.(error);
        given.push(this.#endLease(lease, endOf(error)));
      },
      failed: (lease, error) =>
        void given.push(this.#endLease(lease, { ...endOf(error), isAttempt: true, isFinal: true })),
    };
    try {
      await this.#options.play(leases, to, signal);
    } finally {
      await Promise.allSettled(given);
    }
  }

  /** Starts heartbeats, one round at a time; the function that is returned ends them. */
  #startHeartbeats(stop: AbortController): () => void {
    const { leaseMs, heartbeatMs = leaseMs / 3 } = this.#options;
    let round: Promise<void> | undefined;
    const beat = async (): Promise<void> => {
      await Promise.all([...this.#held.values()].map((lease) => this.#heartbeat(lease)));
      // A batch whose leases are all lost is not played to its end.
      if (this.#held.size === 0) stop.abort();
      round = undefined;
    };
    const timer = setInterval(() => void (round ??= beat()), heartbeatMs);
    return () => clearInterval(timer);
  }

  async #heartbeat(lease: Lease): Promise<void> {
    const { queue, leaseMs, onAway } = this.#options;
    try {
      await queue.heartbeat(lease, leaseMs);
    } catch (error) {
      if (isError(error, "LEASE_LOST")) this.#refuse(keyOf(lease));
      // The next heartbeat may reach it; until the deadline the lease is kept.
      else onAway?.(error as Error);
    }
  }

  async #giveBack(lease: Lease, result: JsonValue): Promise<void> {
    const key = keyOf(lease);
    if (!this.#held.has(key)) return;
    try {
      const isGiven = await this.#reached(async () => {
        await this.#options.queue.complete(lease, result);
        return true;
      });
      if (isGiven === undefined) return;
      if (!this.#held.delete(key)) return;
      this.counts.ended++;
      this.#changed();
    } catch (error) {
      if (isError(error, "LEASE_LOST")) this.#refuse(key);
      // The queue does not take this result, and would not take it from another worker.
      else await this.#endLease(lease, { ...endOf(error), isAttempt: true, isFinal: true });
    }
  }

  #refuse(key: string): void {
    if (!this.#held.delete(key)) return;
    this.counts.refused++;
    this.#changed();
  }

  /** Ends a lease without a result. */
  async #endLease(lease: Lease, { error, ...how }: LeaseEnd): Promise<void> {
    if (!this.#held.delete(keyOf(lease))) return;
    try {
      await this.#options.queue.fail(lease, error, how);
      this.counts.handedBack++;
    } catch (failure) {
      // Without the queue the lease runs out by itself.
      if (isError(failure, "LEASE_LOST")) this.counts.refused++;
      else this.#options.onAway?.(failure as Error);
    }
    this.#changed();
  }

  #changed(): void {
    this.#options.onChange?.(this.counts, this.#held.size);
  }

  /** Does the work when the queue can be reached; undefined after the signal. */
  async #reached<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { signal, onAway } = this.#options;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isError(error, "STORE_UNREACHABLE") && !isError(error, "STORE_LOCKED")) throw error;
        onAway?.(error);
        if (signal.aborted) return undefined;
        await this.#pause();
      }
    }
  }

  async #pause(): Promise<void> {
    const { signal, pollMs = 200 } = this.#options;
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** All leases of a request have one token. */
const keyOf = ({ token, rollout: { id } }: Lease): string => `${token} ${id}`;
