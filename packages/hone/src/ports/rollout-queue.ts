/**
 * Rollouts waiting for workers, of which exactly one holds each.
 *
 * A worker leases a rollout until a deadline and extends it by heartbeats. A lease that ran out is void: the rollout goes
 * to the next worker that asks, and whatever the first one still sends is refused. Promises resolve when durable.
 */
import type { JsonValue } from "../core/json.ts";
import type { TraceError } from "../core/span.ts";

export type QueuedStatus = "queued" | "leased" | "completed" | "failed" | "cancelled";

export interface NewRollout {
  readonly id: string;
  /** What the worker is to do. */
  readonly payload: JsonValue;
  /** Leases given out at most before the rollout counts as failed. Default 3. */
  readonly maxAttempts?: number;
}

export interface QueuedRollout {
  readonly id: string;
  readonly payload: JsonValue;
  readonly status: QueuedStatus;
  /** Leases given out so far. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** Unix milliseconds. */
  readonly enqueuedAt: number;
  /** Not leased before this time, after a failure that asked for a pause. */
  readonly notBefore?: number;
  /** While it is leased. */
  readonly worker?: string;
  readonly deadline?: number;
  /** What `complete` was given. */
  readonly result?: JsonValue;
  /** Why the last attempt failed. */
  readonly error?: TraceError;
}

/** The right to work on a rollout until the deadline. */
export interface Lease {
  readonly rollout: QueuedRollout;
  /** Proves that it is this lease and not an earlier one of the same rollout. */
  readonly token: string;
  readonly worker: string;
  /** Unix milliseconds. */
  readonly deadline: number;
}

export interface LeaseRequest {
  /** Names the worker in lists. */
  readonly worker: string;
  readonly leaseMs: number;
  /** Rollouts wanted at most. Default 1. */
  readonly limit?: number;
}

export interface RolloutQueue {
  /** Adds rollouts; those whose id is there already are left as they are. How many were new. @throws ROLLOUT_INVALID */
  enqueue(rollouts: readonly NewRollout[]): Promise<number>;
  /** The oldest that can be had: queued ones, and leased ones whose deadline has passed. None: an empty list. @throws ROLLOUT_INVALID */
  lease(request: LeaseRequest): Promise<readonly Lease[]>;
  /** Moves the deadline to `leaseMs` from now. @throws LEASE_LOST, also when the rollout was cancelled */
  heartbeat(lease: Lease, leaseMs: number): Promise<Lease>;
  /** @throws LEASE_LOST; repeating a completion that was accepted is accepted */
  complete(lease: Lease, result: JsonValue): Promise<void>;
  /** Back into the queue after `retryAfterMs` (default 0) while attempts are left, else failed. @throws LEASE_LOST */
  fail(
    lease: Lease,
    error: TraceError,
    options?: { readonly retryAfterMs?: number; readonly isFinal?: boolean },
  ): Promise<QueuedStatus>;
  /** True when it was queued or leased; its worker learns of it at the next heartbeat. */
  cancel(id: string): Promise<boolean>;
  get(id: string): Promise<QueuedRollout | undefined>;
  counts(): Promise<Readonly<Record<QueuedStatus, number>>>;
  close(): Promise<void>;
}
