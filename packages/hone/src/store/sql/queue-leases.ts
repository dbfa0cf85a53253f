/** Leases in the queue's table: how free rollouts are taken, when a lease is held, and what becomes of those that ran out. */
import { sql, type SqlBool } from "kysely";
import type { TraceError } from "../../core/span.ts";
import type { LeaseKey, LeaseRequest } from "../../ports/rollout-queue.ts";
import { fromColumn, toColumn } from "./column-text.ts";
import type { SqlLanguage } from "./sql-engine.ts";
import type { RolloutRow, TablesConnection } from "./sql-tables.ts";

/** Gives the oldest free rollouts to a worker. */
export async function takeFree(
  db: TablesConnection,
  language: SqlLanguage,
  now: number,
  {
    worker,
    leaseMs,
    limit,
    token,
    except,
  }: Required<LeaseRequest> & { readonly except: readonly string[] },
): Promise<RolloutRow[]> {
  const free = db
    .selectFrom("hone_rollouts")
    .select("no")
    .where(
      sql<SqlBool>`((status = 'queued' and (not_before is null or not_before <= ${now}))
          or (status = 'leased' and deadline <= ${now}))`,
    )
    .$if(except.length > 0, (query) => query.where("id", "not in", except.map(toColumn)))
    .orderBy("no")
    .limit(limit);
  const chosen = await language.lockFreeRows(free).execute();
  if (chosen.length === 0) return [];
  const rows = await db
    .updateTable("hone_rollouts")
    .set({
      status: "leased",
      attempts: sql`attempts + 1`,
      worker: toColumn(worker),
      token,
      deadline: now + leaseMs,
      not_before: null,
      changed_at: now,
    })
    .where(
      "no",
      "in",
      chosen.map(({ no }) => no),
    )
    .returningAll()
    .execute();
  return rows.toSorted((a, b) => a.no - b.no);
}

/** Why a lease is lost. */
export function lostReason(row: RolloutRow | undefined, token: string, now: number): string {
  if (row === undefined) return "it is not in the queue";
  if (row.status === "cancelled") return "it was cancelled";
  if (row.token !== token)
    return `the lease ran out and ${fromColumn(row.worker ?? "another")} has it`;
  if (row.status !== "leased") return `it is ${row.status}`;
  return `the lease ran out ${Math.round(now - row.deadline!)} ms ago`;
}

/** Whether this lease still holds the row. */
export const isHeld = (
  row: RolloutRow | undefined,
  lease: LeaseKey,
  now: number,
): row is RolloutRow =>
  row?.status === "leased" && row.token === lease.token && row.deadline! > now;

/** Fails the rollouts whose lease has expired and that have no attempt left. */
export async function failAbandoned(db: TablesConnection, now: number): Promise<void> {
  const error: TraceError = {
    message: "its worker sent no heartbeat until the deadline",
    code: "LEASE_LOST",
  };
  await db
    .updateTable("hone_rollouts")
    .set({ status: "failed", error: JSON.stringify(error), deadline: null, changed_at: now })
    .where("status", "=", "leased")
    .where("deadline", "<=", now)
    .where("attempts", ">=", sql.ref<number>("max_attempts"))
    .execute();
}
