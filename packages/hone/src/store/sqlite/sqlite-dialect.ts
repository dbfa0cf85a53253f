/** Kysely on Node's own SQLite: one connection, statements kept prepared, transactions that take the write lock at once. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

/** Number of statements that are kept prepared. */
const cacheSize = 100;

/** The dialect of a database that is open. Closing it is left to the caller. */
export const nodeSqliteDialect = (database: DatabaseSync): Dialect => ({
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new NodeSqliteDriver(database),
  createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
});

class NodeSqliteDriver implements Driver {
  readonly #database: DatabaseSync;
  readonly #connection: DatabaseConnection;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#connection = new NodeSqliteConnection(database);
  }

  async init(): Promise<void> {}

  /** Gives every caller the same connection; `SqliteEngine` runs one transaction at a time on it. */
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {}

  /** Takes the write lock at once: a transaction that reads first and locks later could fail midway. */
  async beginTransaction(): Promise<void> {
    this.#database.exec("begin immediate");
  }

  async commitTransaction(): Promise<void> {
    this.#database.exec("commit");
  }

  /** Does nothing where SQLite has rolled back by itself, as it does when the disk is full. */
  async rollbackTransaction(): Promise<void> {
    if (this.#database.isTransaction) this.#database.exec("rollback");
  }

  async destroy(): Promise<void> {}
}

interface PreparedStatement {
  readonly statement: StatementSync;
  /** Whether running it gives rows. */
  readonly hasRows: boolean;
}

class NodeSqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, PreparedStatement>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, hasRows } = this.#prepare(query.sql);
    const parameters = query.parameters as readonly SQLInputValue[];
    if (hasRows) return { rows: statement.all(...parameters) as R[] };
    const { changes } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }

  #prepare(text: string): PreparedStatement {
    const prepared = this.#statements.get(text) ?? this.#prepareNew(text);
    // Moves the statement to the end, so that the one unused for longest is dropped.
    this.#statements.delete(text);
    this.#statements.set(text, prepared);
    if (this.#statements.size > cacheSize) {
      this.#statements.delete(this.#statements.keys().next().value!);
    }
    return prepared;
  }

  #prepareNew(text: string): PreparedStatement {
    const statement = this.#database.prepare(text);
    return { statement, hasRows: statement.columns().length > 0 };
  }
}
