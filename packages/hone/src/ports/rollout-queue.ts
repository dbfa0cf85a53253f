/**
 * The contract of a queue: rollouts wait in it for workers, and at most one worker holds each at a time.
 *
 * A worker leases a rollout until a deadline, which heartbeats move. After a deadline that was missed the rollout goes to
 * the next worker that asks, and calls with the old lease are refused. Promises resolve when the change is durable.
 */
import type { JsonValue } from "../core/json.ts";
import type { TraceError } from "../core/span.ts";

/** Where a queued rollout is: it waits, a worker holds it, or it has ended in one of three ways. */
export type QueuedStatus = "queued" | "leased" | "completed" | "failed" | "cancelled";

/** A rollout to put into the queue. */
export interface NewRollout {
  /** Names the rollout; an id that is in the queue already is not added again. */
  readonly id: string;
  /** What the worker is to do. */
  readonly payload: JsonValue;
  /** Leases given out at most before the rollout counts as failed. Default 3. */
  readonly maxAttempts?: number;
}

/** A rollout in the queue, with what has become of it. */
export interface QueuedRollout {
  /** Names the rollout. */
  readonly id: string;
  /** What the worker is to do. */
  readonly payload: JsonValue;
  /** Where the rollout is. */
  readonly status: QueuedStatus;
  /** Leases given out so far, without those that were handed back unplayed. */
  readonly attempts: number;
  /** Leases given out at most before the rollout counts as failed. */
  readonly maxAttempts: number;
  /** When the rollout was put into the queue, in Unix milliseconds. */
  readonly enqueuedAt: number;
  /** Earliest time of the next lease in Unix milliseconds, after a failure that asked for a pause. */
  readonly notBefore?: number;
  /** The worker that holds the rollout; absent when none does. */
  readonly worker?: string;
  /** End of the lease in Unix milliseconds; absent when no worker holds the rollout. */
  readonly deadline?: number;
  /** The result that `complete` was given. */
  readonly result?: JsonValue;
  /** Why the last attempt failed. */
  readonly error?: TraceError;
}

/** What tells a lease from all others: enough to extend it and to end its rollout. */
export interface LeaseKey {
  /** The rollout that is worked on. */
  readonly rollout: Pick<QueuedRollout, "id">;
  /** Tells this lease from earlier ones of the same rollout. */
  readonly token: string;
  /** The worker that holds the lease. */
  readonly worker: string;
}

/** The right to work on a rollout until the deadline. */
export interface Lease extends LeaseKey {
  /** The rollout to work on. */
  readonly rollout: QueuedRollout;
  /** End of the lease in Unix milliseconds. */
  readonly deadline: number;
}

/** What a worker asks for. */
export interface LeaseRequest {
  /** Names the worker in lists. */
  readonly worker: string;
  /** Length of the lease in ms; heartbeats extend it. */
  readonly leaseMs: number;
  /** Number of rollouts wanted at most. Default 1. */
  readonly limit?: number;
  /** Ids of rollouts that are not wanted, such as those that the worker has just handed back. Default: none. */
  readonly except?: readonly string[] | undefined;
  /**
   * Names the request, so that one whose answer was lost can be repeated: while its leases run, the same token gives the same
   * ones. Default: a new one, which makes each call a request of its own.
   */
  readonly token?: string;
}

/** A rollout that a worker holds. */
export interface HeldRollout {
  /** Names the rollout. */
  readonly id: string;
  /** The worker that holds it. */
  readonly worker: string;
}

/** Rollouts that wait for workers. `openQueue` opens one in a store. */
export interface RolloutQueue {
  /** Adds rollouts and returns how many were new; an id that is there already is left as it is. @throws ROLLOUT_INVALID */
  enqueue(rollouts: readonly NewRollout[]): Promise<number>;
  /**
   * Leases the oldest rollouts that are free: queued ones, and leased ones whose deadline has passed. Returns an empty list
   * when there is none. @throws ROLLOUT_INVALID
   */
  lease(request: LeaseRequest): Promise<readonly Lease[]>;
  /** Moves the lease's deadline to `leaseMs` from now. @throws LEASE_LOST, also when the rollout was cancelled */
  heartbeat(lease: LeaseKey, leaseMs: number): Promise<Lease>;
  /** Ends a rollout with its result; the same call twice is accepted. @throws LEASE_LOST */
  complete(lease: LeaseKey, result: JsonValue): Promise<void>;
  /**
   * Ends an attempt with an error. While attempts are left, and without `isFinal`, the rollout goes back into the queue and
   * waits for `retryAfterMs` (default 0); otherwise it counts as failed. With `isAttempt: false` (default true) the worker hands
   * the rollout back unplayed: the lease is not counted as an attempt, so the rollout goes back into the queue. Returns its new
   * status. @throws LEASE_LOST
   */
  fail(
    lease: LeaseKey,
    error: TraceError,
    options?: {
      readonly retryAfterMs?: number;
      readonly isFinal?: boolean;
      readonly isAttempt?: boolean;
    },
  ): Promise<QueuedStatus>;
  /** Cancels a rollout and returns whether it was queued or leased; its worker gets LEASE_LOST at the next heartbeat. */
  cancel(id: string): Promise<boolean>;
  /** The rollout of an id; undefined when there is none. */
  get(id: string): Promise<QueuedRollout | undefined>;
  /** Those of these rollouts that have ended, in one of the three ways; others, and unknown ids, are left out. */
  ended(ids: readonly string[]): Promise<readonly QueuedRollout[]>;
  /** All rollouts that workers hold now, the oldest first; those whose deadline has passed are left out. */
  held(): Promise<readonly HeldRollout[]>;
  /** Takes these rollouts out of the queue, whatever their status; a worker that holds one gets LEASE_LOST. Returns how many there were. */
  remove(ids: readonly string[]): Promise<number>;
  /** Number of rollouts by status. */
  counts(): Promise<Readonly<Record<QueuedStatus, number>>>;
  /** Closes the connection to the store. */
  close(): Promise<void>;
}
