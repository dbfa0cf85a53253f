/**
 * A SQLite file: WAL, one connection that writes and one that reads, so that reading never waits for a lock.
 *
 * A commit is flushed to the disk (`synchronous = full`). While another process writes, a write is tried again and again
 * without blocking the event loop.
 */
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { Kysely } from "kysely";
import { HoneError, isError, isHoneError } from "../../core/errors.ts";
import { nodeSqliteDialect } from "./sqlite-dialect.ts";
import { isLocked, sqliteError } from "./sqlite-errors.ts";
import { sqliteLanguage } from "./sqlite-language.ts";
import { demandFolder, demandNotEmptied, demandOurs } from "./sqlite-probe.ts";
import type { EngineOptions, SqlEngine } from "../sql/sql-engine.ts";
import type { Tables } from "../sql/sql-tables.ts";

export interface SqliteOptions extends EngineOptions {
  /** How long a write waits while another program holds the lock, in milliseconds. Default 30,000. */
  readonly lockTimeoutMs?: number;
}

/** How long an empty file may be one that another process is just making, in milliseconds. */
const newFileMs = 3000;

/** How long SQLite itself waits for a lock before it gives up, in milliseconds. The thread is blocked meanwhile. */
const blockedMs = 5;

/**
 * Opens the file, or makes it. With `mustExist` a file that is not there, or that is another program's, is an error and
 * stays as it is.
 * @throws STORE_NOT_FOUND with `mustExist`; STORE_DAMAGED for a file that was emptied; STORE_LOCKED; as `sqliteError`
 */
export async function openSqlite(path: string, options: SqliteOptions = {}): Promise<SqlEngine> {
  const { lockTimeoutMs = 30_000, mustExist = false } = options;
  const lock = { store: `sqlite:${path}`, lockTimeoutMs };
  if (!mustExist) await demandNotEmptied(path, Math.min(lockTimeoutMs, newFileMs));
  return whenUnlocked(lock, () => {
    if (mustExist) demandOurs(path);
    else demandFolder(path);
    return new SqliteEngine(path, lockTimeoutMs);
  });
}

interface Lock {
  readonly store: string;
  readonly lockTimeoutMs: number;
}

/** Runs the work again until no other process holds the lock. @throws STORE_LOCKED after the time limit; as `sqliteError` */
async function whenUnlocked<T>(
  { store, lockTimeoutMs }: Lock,
  work: () => T | Promise<T>,
): Promise<T> {
  const end = performance.now() + lockTimeoutMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (isHoneError(error)) throw error;
      if (!isLocked(error)) throw sqliteError(error, store);
      if (performance.now() > end) {
        const facts = { store, seconds: Math.round(lockTimeoutMs / 1000) };
        throw new HoneError("STORE_LOCKED", facts, { cause: error });
      }
      // The pause is random, so that two waiting processes do not collide again and again.
      await sleep(1 + 15 * Math.random());
    }
  }
}

class SqliteEngine implements SqlEngine {
  readonly url: string;
  readonly language = sqliteLanguage;
  readonly #lock: Lock;
  readonly #writer: Kysely<Tables>;
  readonly #reader: Kysely<Tables>;
  readonly #database: DatabaseSync;
  readonly #readerDatabase: DatabaseSync;
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, lockTimeoutMs: number) {
    this.url = `sqlite:${path}`;
    this.#lock = { store: this.url, lockTimeoutMs };
    const file = resolve(path);
    this.#database = openFile(file);
    try {
      this.#readerDatabase = openFile(file);
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.#writer = kyselyOf(this.#database);
    this.#reader = kyselyOf(this.#readerDatabase);
  }

  write: SqlEngine["write"] = (work) => {
    const done = this.#last.then(() =>
      whenUnlocked(this.#lock, () => this.#writer.transaction().execute(work)),
    );
    this.#last = done.catch(() => undefined);
    return done;
  };

  read: SqlEngine["read"] = (work) => whenUnlocked(this.#lock, () => work(this.#reader));

  async check(): Promise<readonly string[]> {
    const problems = [...this.#integrity()];
    try {
      await this.write(async () => {
        this.#database.exec("insert into hone_words(hone_words) values ('integrity-check')");
      });
    } catch (error) {
      problems.push(`the text index: ${(error as Error).message.split("\n")[0]}`);
    }
    return problems;
  }

  /** What SQLite finds wrong with the file. Of a file that is damaged badly it says only that, by throwing. */
  #integrity(): readonly string[] {
    try {
      const rows = this.#database.prepare("pragma integrity_check(20)").all();
      return rows.map((row) => String(row["integrity_check"])).filter((text) => text !== "ok");
    } catch (error) {
      const known = sqliteError(error, this.url);
      if (!isError(known, "STORE_DAMAGED")) throw known;
      return [known.facts.problem];
    }
  }

  async close(): Promise<void> {
    await this.#last;
    // The databases are closed here because Kysely closes a connection only after it was used.
    for (const database of [this.#readerDatabase, this.#database]) database.close();
  }
}

const kyselyOf = (database: DatabaseSync): Kysely<Tables> =>
  new Kysely<Tables>({ dialect: nodeSqliteDialect(database) });

function openFile(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: blockedMs });
  try {
    // The page size is taken by new files only. Spans of about 2 kB fill pages of 8 kB better than pages of 4 kB.
    database.exec(`
      pragma page_size = 8192;
      pragma journal_mode = wal;
      pragma synchronous = full;
      pragma cache_size = -65536;
      pragma wal_autocheckpoint = 2000;
      pragma journal_size_limit = 67108864;
      pragma temp_store = memory;
    `);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
