/**
 * SQLite's part of the schema: types, and the text index in FTS5.
 *
 * SQLite's own tokenisers treat other characters as letters than `searchWords` does. So `searchWords` finds the words, and the
 * index gets them with spaces between, where its tokeniser "ascii" splits them. The index stores only which document has a word.
 */
import { CompiledQuery, sql } from "kysely";
import type { SqlLanguage } from "../sql/sql-engine.ts";
import { inChunks } from "../sql/sql-chunks.ts";

export const sqliteLanguage: SqlLanguage = {
  types: { key: "integer primary key", integer: "integer", number: "real", text: "text" },

  async hasSchemaTable(db) {
    const found = await sql`select 1 from sqlite_master where name = 'hone_schema'`.execute(db);
    return found.rows.length > 0;
  },

  // A transaction that writes holds the lock on the whole file from its beginning: there is nothing more to lock.
  lockSchema: async () => undefined,
  lockRows: (query) => query,
  lockFreeRows: (query) => query,

  numbersOf: (expression) =>
    sql`json_group_array(${expression}) filter (where ${expression} is not null)`,

  async createTextIndex(db) {
    await sql`create virtual table hone_words using fts5(
      words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii')`.execute(db);
    // With the defaults (1 MB and 4) a batch of 1,000 spans is written in several pieces, which are merged at once: slower.
    for (const [name, value] of Object.entries({ hashsize: 16 << 20, automerge: 8 })) {
      await sql`insert into hone_words (hone_words, rank) values (${name}, ${sql.lit(value)})`.execute(
        db,
      );
    }
  },

  async insertDocs(db, docs) {
    if (docs.length === 0) return;
    const { last } = await db
      .selectFrom("hone_docs")
      .select(({ fn }) => fn.coalesce(fn.max("no"), sql<number>`0`).as("last"))
      .executeTakeFirstOrThrow();
    const numbered = docs.map((doc, i) => ({ ...doc, no: last + 1 + i }));
    for (const part of inChunks(numbered, 100)) {
      const rows = part.map(({ no, traceNo }) => ({ no, trace_no: traceNo }));
      await db.insertInto("hone_docs").values(rows).execute();
    }
    for (const part of inChunks(numbered, 50)) {
      const text = `insert into hone_words (rowid, words) values ${part.map(() => "(?, ?)").join()}`;
      const parameters = part.flatMap(({ no, words }) => [no, words.join(" ")]);
      await db.executeQuery(CompiledQuery.raw(text, parameters));
    }
  },

  async deleteDocs(db, traceNos) {
    for (const part of inChunks(traceNos, 500)) {
      const nos = db.selectFrom("hone_docs").select("no").where("trace_no", "in", part);
      await sql`delete from hone_words where rowid in ${nos}`.execute(db);
      await db.deleteFrom("hone_docs").where("trace_no", "in", part).execute();
    }
  },

  // The planner would look up every trace that holds the word and sort them: `+` hides the column from it, so that it walks through
  // the order's index, and looks whether the traces are among those.
  holdsWord: (word, isCommon = false) => sql`${sql.raw(isCommon ? "+t.no" : "t.no")} in (
    select d.trace_no from hone_words w join hone_docs d on d.no = w.rowid
    where w.hone_words match ${matching(word)})`,

  async commonWords(db, words) {
    const common = new Set<string>();
    for (const word of words) {
      const { rows } = await sql<{ count: number }>`select count(*) as count from (
        select 1 from hone_words where hone_words match ${matching(word)} limit ${COMMON})`.execute(
        db,
      );
      if (rows[0]!.count === COMMON) common.add(word);
    }
    return common;
  },
};

/** How many documents hold a common word, at least. Of 100,000 traces the order's index is quicker from less than this on; of more, rare words are looked up. */
const COMMON = 1000;

/** A word as the index is asked for it. */
const matching = (word: string): string => `"${word}"`;
