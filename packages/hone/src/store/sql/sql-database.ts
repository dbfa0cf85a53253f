/** Opening traces and the queue of rollouts in any SQL database, given the function that connects to it. */
import type { RolloutQueue } from "../../ports/rollout-queue.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import type { ProblemOptions } from "../unreadable-parts.ts";
import type { EngineOptions, SqlEngine } from "./sql-engine.ts";
import { migrate, type MigrationReport, ready } from "./sql-migrations.ts";
import { type QueueOptions, SqlRolloutQueue } from "./sql-rollout-queue.ts";
import { SqlStore } from "./sql-store.ts";

/** What can be opened in a database by its address (a path or a URL). */
export interface SqlDatabase<Options> {
  /** The traces. An older schema is brought up to date; tables that are not there are made, unless `mustExist`. */
  readonly openStore: (address: string, options?: Options & ProblemOptions) => Promise<TraceStore>;
  /** The queue of rollouts, which may share its database with traces. */
  readonly openQueue: (address: string, options?: Options & QueueOptions) => Promise<RolloutQueue>;
  /** Brings the schema to the version of this build, and closes the database again. */
  readonly migrate: (address: string) => Promise<MigrationReport>;
}

/** Connects to a database. With `mustExist` it makes nothing where there is nothing. */
export type OpenEngine<Options extends EngineOptions> = ((
  address: string,
  options?: Options,
) => Promise<SqlEngine>) &
  // An engine may have further options, and all of them may be left out.
  ((address: string, options?: EngineOptions) => Promise<SqlEngine>);

/** The functions that open what a kind of database holds. @example const { openStore } = sqlDatabase(openSqlite); */
export function sqlDatabase<Options extends EngineOptions>(
  openEngine: OpenEngine<Options>,
): SqlDatabase<Options> {
  const openReady = async (address: string, options?: Options) =>
    ready(await openEngine(address, options), options);
  return {
    openStore: async (address, options) => new SqlStore(await openReady(address, options), options),
    openQueue: async (address, options) =>
      new SqlRolloutQueue(await openReady(address, options), options),
    async migrate(address) {
      const engine = await openEngine(address, { mustExist: true });
      try {
        return await migrate(engine);
      } finally {
        await engine.close();
      }
    },
  };
}
