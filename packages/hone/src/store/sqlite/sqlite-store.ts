/** Traces and rollouts in a SQLite file. */
import type { RolloutQueue } from "../../ports/rollout-queue.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import type { SqlEngine } from "../sql/sql-engine.ts";
import { migrate, type MigrationReport, ready, type ReadyOptions } from "../sql/sql-migrations.ts";
import { type QueueOptions, SqlRolloutQueue } from "../sql/sql-rollout-queue.ts";
import { SqlStore } from "../sql/sql-store.ts";
import type { ProblemOptions } from "../unreadable-parts.ts";
import { openSqlite, type SqliteOptions } from "./sqlite-engine.ts";

/**
 * Opens the store in a file, which is made when it is not there; older schemas are brought up to date.
 *
 * @throws STORE_NOT_FOUND with `mustExist`, also for another program's database; STORE_SCHEMA_TOO_NEW, STORE_DAMAGED for a file that is no database, STORE_LOCKED, WRITE_FAILED, DISK_FULL
 * @example const store = await openSqliteStore("./hone.db");
 */
export async function openSqliteStore(
  path: string,
  options?: SqliteOptions & ReadyOptions & ProblemOptions,
): Promise<TraceStore> {
  return new SqlStore(await openCurrent(path, options), options);
}

/**
 * Opens the rollout queue in a file, which may be that of a trace store.
 * @throws as `openSqliteStore`
 * @example const queue = await openSqliteQueue("./hone.db");
 */
export async function openSqliteQueue(
  path: string,
  options: SqliteOptions & QueueOptions = {},
): Promise<RolloutQueue> {
  return new SqlRolloutQueue(await openCurrent(path, options), options);
}

/** What `migrate` did to the file. @throws as `openSqliteStore`; STORE_NOT_FOUND */
export async function migrateSqlite(
  path: string,
  options?: SqliteOptions,
): Promise<MigrationReport> {
  const engine = await openSqlite(path, { ...options, mustExist: true });
  try {
    return await migrate(engine);
  } finally {
    await engine.close();
  }
}

const openCurrent = async (
  path: string,
  options: SqliteOptions & ReadyOptions = {},
): Promise<SqlEngine> => ready(await openSqlite(path, options), options);
