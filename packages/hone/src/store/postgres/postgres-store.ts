/** Traces and rollouts in a PostgreSQL database (15 or later). */
import type { RolloutQueue } from "../../ports/rollout-queue.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import type { SqlEngine } from "../sql/sql-engine.ts";
import { openPostgres, type PostgresOptions } from "./postgres-engine.ts";
import { migrate, type MigrationReport, ready, type ReadyOptions } from "../sql/sql-migrations.ts";
import { type QueueOptions, SqlRolloutQueue } from "../sql/sql-rollout-queue.ts";
import { SqlStore } from "../sql/sql-store.ts";
import type { ProblemOptions } from "../unreadable-parts.ts";

/**
 * Opens the store in a database; its tables, all named `hone_…`, are made when they are not there.
 *
 * @param url  as libpq takes it: postgres://user:password@host:5432/database; another schema than `public` by
 *   `?options=-c%20search_path%3Dtraces`
 * @throws STORE_URL_INVALID, STORE_REFUSED (user, password, database, rights), STORE_UNREACHABLE, STORE_SCHEMA_TOO_NEW
 * @example const store = await openPostgresStore("postgres://ada@localhost:5432/traces");
 */
export async function openPostgresStore(
  url: string,
  options?: PostgresOptions & ReadyOptions & ProblemOptions,
): Promise<TraceStore> {
  return new SqlStore(await openCurrent(url, options), options);
}

/**
 * Opens the rollout queue in a database, which may be that of a trace store.
 * @throws as `openPostgresStore`
 * @example const queue = await openPostgresQueue("postgres://ada@localhost:5432/traces");
 */
export async function openPostgresQueue(
  url: string,
  options: PostgresOptions & QueueOptions = {},
): Promise<RolloutQueue> {
  return new SqlRolloutQueue(await openCurrent(url, options), options);
}

/** What `migrate` did to the database. @throws as `openPostgresStore` */
export async function migratePostgres(
  url: string,
  options?: PostgresOptions,
): Promise<MigrationReport> {
  const engine = await openPostgres(url, options);
  try {
    return await migrate(engine);
  } finally {
    await engine.close();
  }
}

const openCurrent = async (
  url: string,
  options?: PostgresOptions & ReadyOptions,
): Promise<SqlEngine> => ready(await openPostgres(url, options), options);
