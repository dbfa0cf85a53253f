/**
 * The rollout queue on a SQL database: one row per rollout, one token per request for leases.
 *
 * The queue has a time of its own. In each process it advances with the process's clock, and it is never earlier than the last
 * change of any row. So a clock that is set back, or that is slow on another machine, neither revives an expired lease nor
 * keeps a lease from expiring.
 */
import { randomUUID } from "node:crypto";
import { type Clock, risingClock } from "../../core/clock.ts";
import { HoneError } from "../../core/errors.ts";
import type {
  LeaseKey,
  QueuedRollout,
  QueuedStatus,
  RolloutQueue,
} from "../../ports/rollout-queue.ts";
import { fromColumn, toColumn } from "./column-text.ts";
import { failAbandoned, isHeld, lostReason, takeFree } from "./queue-leases.ts";
import { demandDuration, encodedPayload, leaseOf, rolloutOf } from "./queue-rows.ts";
import { inChunks } from "./sql-chunks.ts";
import type { SqlEngine } from "./sql-engine.ts";
import type { RolloutRow, TablesConnection } from "./sql-tables.ts";

export interface QueueOptions {
  /** The process's clock, in Unix milliseconds. Default: `risingClock()`. */
  readonly clock?: Clock;
}

const defaultAttempts = 3;

const noCounts: Readonly<Record<QueuedStatus, number>> = {
  queued: 0,
  leased: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
};

/** A queue in a database whose schema is of this version. */
export class SqlRolloutQueue implements RolloutQueue {
  readonly #engine: SqlEngine;
  readonly #clock: Clock;
  /** What is added to this process's clock, in ms, so that it is not behind the time of the last change. */
  #ahead = 0;
  #isOpen = true;

  constructor(engine: SqlEngine, options: QueueOptions = {}) {
    this.#engine = engine;
    this.#clock = options.clock ?? risingClock();
  }

  enqueue: RolloutQueue["enqueue"] = (rollouts) => {
    const given = rollouts.map((one) => ({ ...one, payload: encodedPayload(one) }));
    return this.#write(async (db, now) => {
      let added = 0;
      for (const part of inChunks(given, 50)) {
        const values = part.map(({ id, payload, maxAttempts = defaultAttempts }) => ({
          id: toColumn(id),
          payload,
          status: "queued" as const,
          attempts: 0,
          max_attempts: maxAttempts,
          enqueued_at: now,
          changed_at: now,
        }));
        const rows = await db
          .insertInto("hone_rollouts")
          .values(values)
          .onConflict((conflict) => conflict.column("id").doNothing())
          .returning("no")
          .execute();
        added += rows.length;
      }
      return added;
    });
  };

  lease: RolloutQueue["lease"] = (request) => {
    const { leaseMs, limit = 1, token = randomUUID(), except = [] } = request;
    demandDuration("leaseMs", leaseMs);
    return this.#write(async (db, now) => {
      // The leases are there already when this is a repetition: the connection broke before the first answer arrived.
      const held = await db
        .selectFrom("hone_rollouts")
        .selectAll()
        .where("token", "=", token)
        .where("status", "=", "leased")
        .orderBy("no")
        .execute();
      const rows =
        held.length > 0
          ? held
          : await takeFree(db, this.#engine.language, now, { ...request, limit, token, except });
      return rows.map((row) => leaseOf(row));
    });
  };

  heartbeat: RolloutQueue["heartbeat"] = (lease, leaseMs) => {
    demandDuration("leaseMs", leaseMs);
    return this.#write(async (db, now) => {
      const row = await db
        .updateTable("hone_rollouts")
        .set({ deadline: now + leaseMs, changed_at: now })
        .where("id", "=", toColumn(lease.rollout.id))
        .where("token", "=", lease.token)
        .where("status", "=", "leased")
        .where("deadline", ">", now)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) throw await this.#lost(db, lease, now);
      return leaseOf(row);
    });
  };

  complete: RolloutQueue["complete"] = (lease, result) => {
    const text = encodedPayload({ id: lease.rollout.id, payload: result });
    return this.#write(async (db, now) => {
      const row = await this.#find(db, lease.rollout.id);
      if (row?.status === "completed" && row.token === lease.token) return;
      if (!isHeld(row, lease, now)) throw await this.#lost(db, lease, now);
      await db
        .updateTable("hone_rollouts")
        .set({ status: "completed", result: text, error: null, deadline: null, changed_at: now })
        .where("no", "=", row.no)
        .execute();
    });
  };

  fail: RolloutQueue["fail"] = (
    lease,
    error,
    { retryAfterMs = 0, isFinal = false, isAttempt = true } = {},
  ) =>
    this.#write(async (db, now) => {
      const row = await this.#find(db, lease.rollout.id);
      // This is a repetition: the connection broke before the first answer arrived.
      const isRepeated =
        row?.token === lease.token && (row.status === "queued" || row.status === "failed");
      if (isRepeated) return row.status;
      if (!isHeld(row, lease, now)) throw await this.#lost(db, lease, now);
      const attempts = isAttempt ? row.attempts : row.attempts - 1;
      const status = isFinal || attempts >= row.max_attempts ? "failed" : "queued";
      await db
        .updateTable("hone_rollouts")
        .set({
          ...{ status, attempts },
          error: JSON.stringify(error),
          deadline: null,
          not_before: status === "queued" && retryAfterMs > 0 ? now + retryAfterMs : null,
          changed_at: now,
        })
        .where("no", "=", row.no)
        .execute();
      return status;
    });

  cancel: RolloutQueue["cancel"] = (id) =>
    this.#write(async (db, now) => {
      const row = await db
        .updateTable("hone_rollouts")
        .set({ status: "cancelled", deadline: null, changed_at: now })
        .where("id", "=", toColumn(id))
        .where("status", "in", ["queued", "leased"])
        .returning("no")
        .executeTakeFirst();
      return row !== undefined;
    });

  get: RolloutQueue["get"] = async (id) => {
    const row = await this.#write((db) => this.#find(db, id));
    return row && rolloutOf(row);
  };

  ended: RolloutQueue["ended"] = (ids) =>
    this.#write(async (db) => {
      const found: QueuedRollout[] = [];
      for (const part of inChunks(ids.map(toColumn), 500)) {
        const rows = await db
          .selectFrom("hone_rollouts")
          .selectAll()
          .where("id", "in", part)
          .where("status", "in", ["completed", "failed", "cancelled"])
          .orderBy("no")
          .execute();
        found.push(...rows.map(rolloutOf));
      }
      return found;
    });

  held: RolloutQueue["held"] = () =>
    this.#write(async (db, now) => {
      const rows = await db
        .selectFrom("hone_rollouts")
        .select(["id", "worker"])
        .where("status", "=", "leased")
        .where("deadline", ">", now)
        .orderBy("no")
        .execute();
      return rows.map(({ id, worker }) => ({ id: fromColumn(id), worker: fromColumn(worker!) }));
    });

  remove: RolloutQueue["remove"] = (ids) =>
    this.#write(async (db) => {
      let count = 0;
      for (const part of inChunks(ids.map(toColumn), 500)) {
        const gone = await db
          .deleteFrom("hone_rollouts")
          .where("id", "in", part)
          .returning("no")
          .execute();
        count += gone.length;
      }
      return count;
    });

  counts: RolloutQueue["counts"] = () =>
    this.#write(async (db) => {
      const rows = await db
        .selectFrom("hone_rollouts")
        .select(({ fn }) => ["status", fn.countAll<number>().as("count")])
        .groupBy("status")
        .execute();
      return {
        ...noCounts,
        ...Object.fromEntries(rows.map(({ status, count }) => [status, count])),
      };
    });

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#engine.close();
  }

  /** Runs the work in one transaction at the queue's time, after failing the rollouts whose last lease has expired. */
  async #write<T>(work: (db: TablesConnection, now: number) => Promise<T>): Promise<T> {
    if (!this.#isOpen) throw new HoneError("STORE_CLOSED", { store: this.#engine.url });
    return this.#engine.write(async (db) => {
      const now = await this.#now(db);
      await failAbandoned(db, now);
      return work(db, now);
    });
  }

  async #now(db: TablesConnection): Promise<number> {
    const row = await db
      .selectFrom("hone_rollouts")
      .select(({ fn }) => fn.max("changed_at").as("last"))
      .executeTakeFirst();
    const own = this.#clock();
    this.#ahead = Math.max(this.#ahead, ((row?.last as number | null | undefined) ?? own) - own);
    return own + this.#ahead;
  }

  #find(db: TablesConnection, id: string): Promise<RolloutRow | undefined> {
    const query = db.selectFrom("hone_rollouts").selectAll().where("id", "=", toColumn(id));
    return this.#engine.language.lockRows(query).executeTakeFirst();
  }

  async #lost(
    db: TablesConnection,
    { rollout: { id }, token, worker }: LeaseKey,
    now: number,
  ): Promise<HoneError> {
    const row = await this.#find(db, id);
    return new HoneError("LEASE_LOST", { id, worker, reason: lostReason(row, token, now) });
  }
}
