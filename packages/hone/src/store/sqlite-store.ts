/** Traces and rollouts in a SQLite file. */
import type { RolloutQueue } from "../ports/rollout-queue.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import type { SqlEngine } from "./sql-engine.ts";
import { migrate } from "./sql-migrations.ts";
import { type QueueOptions, SqlRolloutQueue } from "./sql-rollout-queue.ts";
import { SqlStore } from "./sql-store.ts";
import { openSqlite, type SqliteOptions } from "./sqlite-engine.ts";

/**
 * Opens the store in a file, which is made, with its folders, when it is not there; older schemas are brought up to date.
 *
 * @throws STORE_SCHEMA_TOO_NEW, STORE_DAMAGED for a file that is no database, STORE_LOCKED, WRITE_FAILED, DISK_FULL
 * @example const store = await openSqliteStore("./hone.db");
 */
export async function openSqliteStore(path: string, options?: SqliteOptions): Promise<TraceStore> {
  return new SqlStore(await openCurrent(path, options));
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

/** The file with the schema of this build. */
async function openCurrent(path: string, options?: SqliteOptions): Promise<SqlEngine> {
  const engine = await openSqlite(path, options);
  try {
    await migrate(engine);
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}
