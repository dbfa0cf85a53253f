/** Traces in a SQLite file. */
import type { TraceStore } from "../ports/trace-store.ts";
import { migrate } from "./sql-migrations.ts";
import { SqlStore } from "./sql-store.ts";
import { openSqlite, type SqliteOptions } from "./sqlite-engine.ts";

/**
 * Opens the store in a file, which is made, with its folders, when it is not there; older schemas are brought up to date.
 *
 * @throws STORE_SCHEMA_TOO_NEW, STORE_DAMAGED for a file that is no database, STORE_LOCKED, WRITE_FAILED, DISK_FULL
 * @example const store = await openSqliteStore("./hone.db");
 */
export async function openSqliteStore(path: string, options?: SqliteOptions): Promise<TraceStore> {
  const engine = await openSqlite(path, options);
  try {
    await migrate(engine);
  } catch (error) {
    await engine.close();
    throw error;
  }
  return new SqlStore(engine);
}
