/** A row of the queue's table as a queued rollout and as a lease, and what goes into it. */
import { HoneError } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import type { TraceError } from "../../core/span.ts";
import type { Lease, NewRollout, QueuedRollout } from "../../ports/rollout-queue.ts";
import { fromColumn } from "./column-text.ts";
import type { RolloutRow } from "./sql-tables.ts";

/** The rollout of a row. */
export function rolloutOf(row: RolloutRow): QueuedRollout {
  const { not_before, worker, deadline, result, error } = row;
  return {
    id: fromColumn(row.id),
    payload: JSON.parse(row.payload) as JsonValue,
    status: row.status,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    enqueuedAt: row.enqueued_at,
    ...(not_before === null ? {} : { notBefore: not_before }),
    ...(row.status === "leased" ? { worker: fromColumn(worker!), deadline: deadline! } : {}),
    ...(result === null ? {} : { result: JSON.parse(result) as JsonValue }),
    ...(error === null ? {} : { error: JSON.parse(error) as TraceError }),
  };
}

/** The lease of a row that a worker holds. */
export const leaseOf = (row: RolloutRow): Lease => ({
  rollout: rolloutOf(row),
  token: row.token!,
  worker: fromColumn(row.worker!),
  deadline: row.deadline!,
});

/** The payload as the table keeps it. @throws ROLLOUT_INVALID */
export function encodedPayload({ id, payload, maxAttempts = 1 }: NewRollout): string {
  const problem =
    id === ""
      ? "its id is empty"
      : Number.isInteger(maxAttempts) && maxAttempts >= 1
        ? undefined
        : "maxAttempts must be a whole number from 1";
  const text = JSON.stringify(payload) as string | undefined;
  if (problem === undefined && text !== undefined) return text;
  throw new HoneError("ROLLOUT_INVALID", {
    name: `rollout ${id}`,
    problem: problem ?? "JSON cannot hold its content",
  });
}

/** @throws ROLLOUT_INVALID for a time that a lease cannot last */
export function demandDuration(name: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new HoneError("ROLLOUT_INVALID", {
    name: "lease",
    problem: `${name} is ${value} and must be above 0`,
  });
}
