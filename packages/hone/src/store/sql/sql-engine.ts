/** What the SQL stores need of a database, beside what Kysely says in both languages. */
import type { Expression, Kysely, SqlBool } from "kysely";
import type { Tables } from "./sql-tables.ts";

/** Words to be found under a trace. */
export interface Doc {
  readonly traceNo: number;
  readonly words: readonly string[];
}

/** Where the databases' languages differ. */
export interface SqlLanguage {
  readonly name: "sqlite" | "postgres";
  /** Types of columns in migrations. `text` is ordered by its bytes. */
  readonly types: {
    readonly key: string;
    readonly integer: string;
    readonly number: string;
    readonly text: string;
  };
  /** The text index beside `hone_docs`, as version 1 of the schema has it. */
  createTextIndex(db: Kysely<Tables>): Promise<void>;
  insertDocs(db: Kysely<Tables>, docs: readonly Doc[]): Promise<void>;
  deleteDocs(db: Kysely<Tables>, traceNos: readonly number[]): Promise<void>;
  /** Whether one of a trace's docs holds the word; to be used where `hone_traces` is `t`. */
  holdsWord(word: string): Expression<SqlBool>;
}

export interface SqlEngine {
  /** For messages: no password is in it. */
  readonly url: string;
  readonly language: SqlLanguage;
  /**
   * One transaction that no other writer sees half of. It is begun again when the database was locked or went away, so
   * the work must not be noticed elsewhere and must come out the same when it is done twice.
   */
  readonly write: <T>(work: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;
  /** Statements that change nothing, each for itself. */
  readonly read: <T>(work: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;
  /** What the database itself finds wrong. */
  check(): Promise<readonly string[]>;
  close(): Promise<void>;
}
