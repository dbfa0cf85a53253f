/** What the SQL stores need of a database beyond the queries that Kysely writes for every database alike. */
import type { Expression, SelectQueryBuilder, SqlBool } from "kysely";
import type { Tables, TablesConnection } from "./sql-tables.ts";

/** Words of one trace that are indexed together. */
export interface WordDocument {
  /** Number of the trace in `hone_traces`. */
  readonly traceNo: number;
  readonly words: readonly string[];
}

/**
 * Everything in which the databases' SQL differs; no other code asks which database it talks to.
 *
 * A new SQL database is an implementation of this and of `SqlEngine`, given to `sqlDatabase`.
 */
export interface SqlLanguage {
  /** Types of columns in migrations. `text` must compare and order by its bytes. */
  readonly types: {
    readonly key: string;
    readonly integer: string;
    readonly number: string;
    readonly text: string;
  };
  /** Whether the table `hone_schema` exists, as this very moment has it, not as a cache remembers it. */
  hasSchemaTable(db: TablesConnection): Promise<boolean>;
  /** Lets only one transaction at a time change the schema; the lock ends with the transaction. */
  lockSchema(db: TablesConnection): Promise<void>;
  /** The query, locking the rows it finds against other writers until the transaction ends. */
  lockRows<Table extends keyof Tables, Row>(
    query: SelectQueryBuilder<Tables, Table, Row>,
  ): SelectQueryBuilder<Tables, Table, Row>;
  /** As `lockRows`, but rows that another writer has locked are passed over instead of waited for. */
  lockFreeRows<Table extends keyof Tables, Row>(
    query: SelectQueryBuilder<Tables, Table, Row>,
  ): SelectQueryBuilder<Tables, Table, Row>;
  /** An aggregate: the numbers of an expression that are not null, as the text of a JSON list; null or an empty list where there is none. */
  numbersOf(expression: Expression<unknown>): Expression<string | null>;
  /** Makes the text index beside `hone_docs`, as version 1 of the schema has it. */
  createTextIndex(db: TablesConnection): Promise<void>;
  insertDocs(db: TablesConnection, docs: readonly WordDocument[]): Promise<void>;
  deleteDocs(db: TablesConnection, traceNos: readonly number[]): Promise<void>;
  /**
   * A condition: the trace holds the word. For queries in which `hone_traces` is called `t`.
   * @param isCommon  whether so many traces hold it that walking through traces in their order finds some sooner than sorting all of them
   */
  holdsWord(word: string, isCommon?: boolean): Expression<SqlBool>;
  /** The words that are common in that sense, where the database does not weigh that itself. */
  commonWords(db: TablesConnection, words: readonly string[]): Promise<ReadonlySet<string>>;
}

/** How an engine is opened. */
export interface EngineOptions {
  /** A store that is not there is an error and is not made. Default false. */
  readonly mustExist?: boolean;
}

/** A database that is open. */
export interface SqlEngine {
  /** The address as messages may show it, without a password. */
  readonly url: string;
  readonly language: SqlLanguage;
  /**
   * Runs the work in one transaction; no other writer sees half of it. The work is run again when the database was locked
   * or its connection broke, so it must change nothing outside the database and must give the same result when repeated.
   */
  readonly write: <T>(work: (db: TablesConnection) => Promise<T>) => Promise<T>;
  /** Runs statements that change nothing. Each sees the database as it is at its own start. */
  readonly read: <T>(work: (db: TablesConnection) => Promise<T>) => Promise<T>;
  /** What the database's own integrity check finds wrong; empty where it has none. */
  check(): Promise<readonly string[]>;
  close(): Promise<void>;
}
