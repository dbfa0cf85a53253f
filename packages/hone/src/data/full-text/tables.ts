/**
 * The tables of a full-text index: `documents` has the texts as they were given, `words` only where their words are.
 *
 * Columns are numbered, so that a field may be called as a column of SQLite's own is, such as "rank".
 */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { HoneError } from "../../core/errors.ts";
import type { FilterValue, FullTextIndexOptions, IndexedDocument } from "../full-text-index.ts";

/** An open database with the names of what its columns hold. */
export interface Tables {
  readonly database: DatabaseSync;
  readonly fields: readonly string[];
  readonly filters: readonly string[];
  /** The weight of each field in the score. */
  readonly weights: readonly number[];
}

/** The column of the field in this place. */
export const fieldColumn = (place: number): string => `f${place}`;

/** The column of the filter in this place. */
export const filterColumn = (place: number): string => `v${place}`;

/**
 * The tables in a database, made where it is empty. The database is closed when they cannot be had.
 * @throws INDEX_UNUSABLE when it holds something else
 */
export function openTables(database: DatabaseSync, options: FullTextIndexOptions): Tables {
  const { fields, filters = [], path = "in memory" } = options;
  const tables: Tables = {
    database,
    fields: Object.keys(fields),
    filters,
    weights: Object.values(fields),
  };
  const asked = JSON.stringify({ fields: tables.fields, filters });
  try {
    const schema = database.prepare("select name from sqlite_schema").all();
    if (schema.length === 0) createTables(tables, asked);
    const isIndex = schema.length === 0 || schema.some(({ name }) => name === layoutTable);
    const row = isIndex ? database.prepare(`select layout from ${layoutTable}`).get() : {};
    const found = row?.["layout"];
    if (found === asked) return tables;
    const problem = isIndex ? `it holds ${String(found)}, not ${asked}` : "it is another program's";
    throw new HoneError("INDEX_UNUSABLE", { index: path, problem });
  } catch (error) {
    database.close();
    throw error;
  }
}

const layoutTable = "hone_full_text_index";

function createTables({ database, fields, filters }: Tables, layout: string): void {
  const texts = fields.map((_, place) => fieldColumn(place));
  const columns = [
    ...texts.map((column) => `${column} text not null`),
    ...filters.map((_, place) => filterColumn(place)),
  ];
  database.exec(`begin;
    create table ${layoutTable} (layout text not null);
    create table documents (number integer primary key, id text not null unique, ${columns.join(", ")});
    create virtual table words using fts5(${texts.join(", ")}, content = '', contentless_delete = 1,
      tokenize = 'porter unicode61 remove_diacritics 2');`);
  database.prepare(`insert into ${layoutTable} values (?)`).run(layout);
  database.exec("commit");
}

/** A document from its row. */
export function documentOf(
  { fields, filters }: Tables,
  row: Readonly<Record<string, SQLOutputValue>>,
): IndexedDocument {
  const values = filters.flatMap((name, place): readonly (readonly [string, FilterValue])[] => {
    const value = row[filterColumn(place)];
    return typeof value === "string" || typeof value === "number" ? [[name, value]] : [];
  });
  return {
    id: String(row["id"]),
    fields: Object.fromEntries(
      fields.map((name, place) => [name, String(row[fieldColumn(place)])]),
    ),
    filters: Object.fromEntries(values),
  };
}
