/** Traces and the queue of rollouts in a PostgreSQL database (15 or later). */
import { sqlDatabase } from "../sql/sql-database.ts";
import { openPostgres } from "./postgres-engine.ts";

const database = sqlDatabase(openPostgres);

/**
 * Opens the traces in a database. Its tables, all named `hone_…`, are made when they are not there.
 *
 * The URL is written as libpq takes it: `postgres://user:password@host:5432/database`. Another schema than `public` is
 * chosen by `?options=-c%20search_path%3Dtraces`.
 * @throws STORE_URL_INVALID, STORE_REFUSED (user, password, database, rights), STORE_UNREACHABLE, STORE_SCHEMA_TOO_NEW
 * @example const store = await openPostgresStore("postgres://ada@localhost:5432/traces");
 */
export const openPostgresStore = database.openStore;

/**
 * Opens the queue of rollouts in a database, which may be that of a trace store.
 * @throws as `openPostgresStore`
 * @example const queue = await openPostgresQueue("postgres://ada@localhost:5432/traces");
 */
export const openPostgresQueue = database.openQueue;

/** Brings the schema to the version of this build, making the tables where there are none. @throws as `openPostgresStore` */
export const migratePostgres = database.migrate;
