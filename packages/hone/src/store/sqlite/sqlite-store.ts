/** Traces and the queue of rollouts in a SQLite file. */
import { sqlDatabase } from "../sql/sql-database.ts";
import { openSqlite } from "./sqlite-engine.ts";

const database = sqlDatabase(openSqlite);

/**
 * Opens the traces in a file. A file that is not there is made; an older schema is brought up to date.
 *
 * @throws STORE_NOT_FOUND with `mustExist`, also for another program's database; STORE_SCHEMA_TOO_NEW; STORE_DAMAGED for a
 *   file that is no database; STORE_LOCKED, WRITE_FAILED, DISK_FULL
 * @example const store = await openSqliteStore("./hone.db");
 */
export const openSqliteStore = database.openStore;

/**
 * Opens the queue of rollouts in a file, which may be that of a trace store.
 * @throws as `openSqliteStore`
 * @example const queue = await openSqliteQueue("./hone.db");
 */
export const openSqliteQueue = database.openQueue;

/** Brings the schema of a file that is there to the version of this build. @throws as `openSqliteStore`; STORE_NOT_FOUND */
export const migrateSqlite = database.migrate;
