/**
 * A PostgreSQL server: a pool of connections, which reconnects after the server was away.
 *
 * A write is one transaction. When the connection breaks during the commit, it is unknown whether it was committed. The write
 * is then repeated when the server is back; every write is such that repeating it changes nothing.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { HoneError, messageOf } from "../../core/errors.ts";
import { isConflict, isUnreachable, postgresError } from "./postgres-errors.ts";
import { postgresLanguage } from "./postgres-language.ts";
import { showUrl } from "./postgres-url.ts";
import type { EngineOptions, SqlEngine } from "../sql/sql-engine.ts";
import type { Tables } from "../sql/sql-tables.ts";

export interface PostgresOptions extends EngineOptions {
  /** How long a statement waits for a server that cannot be reached, in milliseconds. Default 60,000. */
  readonly retryMs?: number;
  /** How long opening the store waits for the server, in milliseconds. Default 5,000. */
  readonly openMs?: number;
  /** Largest number of connections. Default 4. */
  readonly connections?: number;
  /** Called before each further attempt to reach a server that cannot be reached, with the reason. */
  readonly onWaiting?: (reason: string) => void;
}

/** PostgreSQL's number of the type bigint. Our values stay far below 2^53, so they are read as numbers. */
const int8 = 20;

/** Connects to a database. @throws STORE_URL_INVALID, STORE_REFUSED, STORE_UNREACHABLE */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<SqlEngine> {
  const { retryMs = 60_000, openMs = 5_000, connections = 4, onWaiting } = options;
  const engine = new PostgresEngine(url, connections, openMs, onWaiting);
  try {
    await engine.read((db) => sql`select 1`.execute(db));
  } catch (error) {
    await engine.close();
    throw error;
  }
  engine.retryMs = retryMs;
  return engine;
}

class PostgresEngine implements SqlEngine {
  readonly url: string;
  readonly language = postgresLanguage;
  retryMs: number;
  readonly #db: Kysely<Tables>;
  readonly #onWaiting: PostgresOptions["onWaiting"];
  #isClosed = false;

  constructor(
    url: string,
    connections: number,
    retryMs: number,
    onWaiting: PostgresOptions["onWaiting"],
  ) {
    this.url = showUrl(url);
    this.#onWaiting = onWaiting;
    this.retryMs = retryMs;
    const pool = new pg.Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      application_name: "hone",
      types: {
        getTypeParser: ((oid: number, format?: "text") =>
          oid === int8
            ? Number
            : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
      },
    });
    // An idle connection that breaks needs no action: the next statement gets another one.
    pool.on("error", () => undefined);
    // When a connection breaks during a statement, the statement itself fails and reports the error.
    pool.on("connect", (client) => void client.on("error", () => undefined));
    this.#db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  }

  write: SqlEngine["write"] = (work) => this.#again(() => this.#db.transaction().execute(work));

  read: SqlEngine["read"] = (work) => this.#again(() => work(this.#db));

  async check(): Promise<readonly string[]> {
    return [];
  }

  /** Also ends the statements that wait for a server that cannot be reached. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#db.destroy();
  }

  async #again<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    let last: unknown;
    for (let pause = 50; ; pause = Math.min(2 * pause, 1000)) {
      try {
        return await work();
      } catch (error) {
        const isGone = isUnreachable(error);
        const waitedMs = performance.now() - start;
        // After `close` the error is only that the pool has ended; the reason is the error before it.
        if (this.#isClosed && last !== undefined) throw this.#gaveUp(last, waitedMs);
        if (!isGone && !isConflict(error)) throw postgresError(error, this.url);
        if (waitedMs > this.retryMs) throw this.#gaveUp(error, waitedMs);
        last = error;
        if (isGone) this.#onWaiting?.(reasonOf(error));
        await sleep(isGone ? pause : 10 * Math.random());
      }
    }
  }

  #gaveUp(error: unknown, waitedMs: number): HoneError {
    const seconds = Math.round(waitedMs / 1000);
    const facts = { store: this.url, reason: reasonOf(error), seconds };
    return new HoneError("STORE_UNREACHABLE", facts, { cause: error });
  }
}

/** The message of an error. When several addresses of a host failed, that of the first. */
const reasonOf = (error: unknown): string =>
  messageOf(error instanceof AggregateError ? error.errors[0] : error);
