/**
 * A worker on a queue: it leases rollouts, plays them side by side, keeps its leases by heartbeats, and gives results back.
 *
 * A result whose lease ran out meanwhile is refused by the queue and dropped: another worker has that rollout. When the worker
 * is stopped or fails, it hands back what it holds. A queue that cannot be reached is waited for.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type HoneError, isError, isHoneError, messageOf } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { TraceError } from "../core/span.ts";
import type { Lease, RolloutQueue } from "../ports/rollout-queue.ts";

/** What a worker did. */
export interface WorkerCounts {
  /** Rollouts whose results the queue took. */
  ended: number;
  /** Results and leases that the queue refused: the lease had run out, or the rollout was taken out. */
  refused: number;
  /** Rollouts that were handed back. */
  handedBack: number;
}

/** Is told what became of the rollouts that are played. */
export interface PlayedRollouts {
  /** A rollout has ended, with this result. */
  ended(lease: Lease, result: JsonValue): void;
  /** This rollout cannot be played here now; others may be. */
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
  /** Is told that the queue cannot be reached, with the error. */
  readonly onAway?: (error: Error) => void;
  /** Ends the worker after this time without a rollout, in ms. Default: never. */
  readonly idleMs?: number | undefined;
  /** Time between two looks at an empty queue, in ms. Default 200. */
  readonly pollMs?: number;
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

  constructor(options: QueueWorkerOptions) {
    this.#options = options;
  }

  async work(): Promise<void> {
    const { queue, name: worker, concurrency: limit, leaseMs, signal, idleMs } = this.#options;
    let idleSince = performance.now();
    while (!signal.aborted) {
      const leases = await this.#reached(() => queue.lease({ worker, leaseMs, limit }));
      if (leases === undefined) return;
      if (leases.length > 0) {
        await this.#play(leases);
        idleSince = performance.now();
      } else if (idleMs !== undefined && performance.now() - idleSince >= idleMs) return;
      else await this.#pause();
    }
  }

  async #play(leases: readonly Lease[]): Promise<void> {
    for (const lease of leases) this.#held.set(keyOf(lease), lease);
    this.#changed();
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, stop.signal]);
    const { leaseMs, heartbeatMs = leaseMs / 3 } = this.#options;
    const heartbeats = setInterval(() => void this.#heartbeat(stop), heartbeatMs);
    const given: Promise<void>[] = [];
    let failure: { readonly error: unknown } | undefined;
    try {
      const give = (work: Promise<void>): void => {
        given.push(work);
        // Its error is thrown when all have been given; Node must not end the process before.
        work.catch(() => undefined);
      };
      const to: PlayedRollouts = {
        ended: (lease, result) => give(this.#giveBack(lease, result)),
        failed: (lease, error) => give(this.#handBack(lease, errorOf(error), pauseMs)),
      };
      await this.#options.play(leases, to, signal);
    } catch (error) {
      if (!signal.aborted) failure = { error };
    }
    await Promise.all(given);
    clearInterval(heartbeats);
    for (const lease of this.#held.values()) await this.#handBack(lease, errorOf(failure?.error));
    if (failure !== undefined) throw failure.error;
  }

  /** A lease that is lost is not played to its end when it was the last one. */
  async #heartbeat(stop: AbortController): Promise<void> {
    const { queue, leaseMs, onAway } = this.#options;
    for (const [key, lease] of this.#held) {
      try {
        await queue.heartbeat(lease, leaseMs);
      } catch (error) {
        if (isError(error, "LEASE_LOST")) this.#refuse(key);
        // The next heartbeat may reach it; until the deadline the lease is kept.
        else onAway?.(error as Error);
      }
    }
    if (this.#held.size === 0) stop.abort();
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
      if (!isError(error, "LEASE_LOST")) throw error;
      this.#refuse(key);
    }
  }

  #refuse(key: string): void {
    if (!this.#held.delete(key)) return;
    this.counts.refused++;
    this.#changed();
  }

  async #handBack(lease: Lease, error: TraceError, retryAfterMs = 0): Promise<void> {
    if (!this.#held.delete(keyOf(lease))) return;
    try {
      await this.#options.queue.fail(lease, error, { retryAfterMs });
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

/** Time until a rollout that cannot be played here is given to a worker again, in ms. */
const pauseMs = 2000;

const errorOf = (error: unknown): TraceError =>
  error === undefined
    ? { message: "its worker was stopped and handed it back" }
    : { message: messageOf(error), ...(isHoneError(error) && { code: error.code }) };
