/**
 * A full-text index of documents on SQLite's FTS5: documents with texts to search and values to filter by, in memory or in a file.
 * Documents are found in the order of their bm25 score (`full-text/ranking.ts`).
 *
 * Words are those of `searchWords`, reduced by FTS5 to their English stem (Porter) without diacritics, so that "bridges" finds
 * "bridge". A query is only words, never an expression, so no text that a model writes is a syntax error.
 */
import { DatabaseSync } from "node:sqlite";
import { HoneError, messageOf } from "../core/errors.ts";
import { checkOptions } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import { searchWords } from "../core/search-words.ts";
import { insertDocuments } from "./full-text/insert-documents.ts";
import { rankDocuments } from "./full-text/ranking.ts";
import { documentOf, openTables, type Tables } from "./full-text/tables.ts";
import { type FilterCondition, sqlCondition } from "./full-text/filter-condition.ts";

export type { FilterCondition } from "./full-text/filter-condition.ts";

/** A value that documents are filtered by. */
export type FilterValue = string | number;

/** A document of an index. */
export interface IndexedDocument {
  /** Names the document in its index. Adding a document under a name that is there replaces the older one. */
  readonly id: string;
  /** The text of each field of the index. */
  readonly fields: Readonly<Record<string, string>>;
  /** Values by the names of the index's filters. A value that is left out meets no condition. */
  readonly filters?: Readonly<Record<string, FilterValue>>;
}

/** A document that a search has found. */
export interface FoundDocument extends IndexedDocument {
  /** The bm25 score: above 0, larger for a better match. Scores of different indexes cannot be compared. */
  readonly score: number;
}

/** How an index is searched. */
export interface FullTextSearchOptions {
  /** The most documents to find. Default 10. */
  readonly limit?: number;
  /** Conditions on filters, by the filters' names; a document must meet all. Default: none. */
  readonly where?: Readonly<Record<string, FilterCondition>>;
  /** Whether a document must have every word of the query, or any of them. Default "any". */
  readonly match?: "any" | "all";
}

/** What an index is made of. */
export interface FullTextIndexOptions {
  /** The fields and their weights in the score, above 0. A word in a field of weight 2 counts as two in a field of weight 1. */
  readonly fields: Readonly<Record<string, number>>;
  /** The names of the filters. Default: none. */
  readonly filters?: readonly string[];
  /** The file that holds the index; it is made where it is not there. Default: the index is in memory. */
  readonly path?: string;
}

/** Documents that can be searched by words. */
export interface FullTextIndex {
  /** How many documents there are. */
  size(): number;
  /** Adds documents, all or none. @throws OPTION_INVALID for a document that does not fit the index; INDEX_UNUSABLE */
  add(documents: readonly IndexedDocument[]): void;
  /** The document of a name; undefined when there is none. @throws INDEX_UNUSABLE */
  get(id: string): IndexedDocument | undefined;
  /**
   * Finds documents by the words of a query, in falling order of their bm25 score; equal scores in the order in which they were added.
   * A query without words finds nothing.
   * @throws OPTION_INVALID, also for a filter that the index does not have; INDEX_UNUSABLE
   */
  search(query: string, options?: FullTextSearchOptions): readonly FoundDocument[];
  /** Closes the file, or forgets what is in memory. Closing again does nothing. */
  close(): void;
}

/**
 * Opens an index.
 * @throws OPTION_INVALID; INDEX_UNUSABLE for a file that cannot be opened, or that holds something else than an index of these fields
 *         and filters
 * @example
 * const index = openFullTextIndex({ fields: { title: 2, text: 1 }, filters: ["year"] });
 * index.add([{ id: "a", fields: { title: "Bridges", text: "They span rivers." }, filters: { year: 1901 } }]);
 * index.search("an old bridge", { limit: 3, where: { year: { max: 1950 } } })[0]?.id; // "a"
 */
export function openFullTextIndex(options: FullTextIndexOptions): FullTextIndex {
  checkIndexOptions(options);
  const { path } = options;
  const guarded = <Value>(work: () => Value): Value => guardedBy(path ?? "in memory", work);
  const tables = guarded(() => openTables(new DatabaseSync(path ?? ":memory:"), options));
  const { database } = tables;
  return {
    size: () =>
      guarded(() => Number(database.prepare("select count(*) as n from documents").get()?.["n"])),
    add: (documents) => guarded(() => insertDocuments(tables, documents)),
    get: (id) =>
      guarded(() => {
        const row = database.prepare("select * from documents where id = ?").get(id);
        return row && documentOf(tables, row);
      }),
    search: (query, searchOptions = {}) => guarded(() => search(tables, query, searchOptions)),
    close: () => {
      if (database.isOpen) database.close();
    },
  };
}

function checkIndexOptions(options: FullTextIndexOptions): void {
  const where = "openFullTextIndex";
  checkOptions<object>(where, options, { fields: true, filters: true, path: true });
  const { fields, filters = [], path } = options;
  const check = optionChecks(where);
  check.list("fields", Object.keys(fields));
  for (const [field, weight] of Object.entries(fields))
    check.number(`fields.${field}`, weight, { above: 0 });
  if (new Set(filters).size < filters.length)
    throw check.invalid("filters", filters, "all different");
  if (path !== undefined) check.text("path", path);
}

/** An error of SQLite as INDEX_UNUSABLE; others stay as they are. */
function guardedBy<Value>(index: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error) || !("errcode" in error)) throw error;
    throw new HoneError("INDEX_UNUSABLE", { index, problem: messageOf(error) }, { cause: error });
  }
}

function search(
  tables: Tables,
  query: string,
  options: FullTextSearchOptions,
): readonly FoundDocument[] {
  checkOptions<object>("search", options, { limit: true, where: true, match: true });
  const { limit = 10, where = {}, match = "any" } = options;
  const check = optionChecks("search");
  check.whole("limit", limit, { min: 1 });
  check.oneOf("match", match, ["any", "all"]);
  const conditions = Object.entries(where).map(([filter, condition]) =>
    sqlCondition(tables.filters, filter, condition),
  );
  const ranked = rankDocuments(tables, [...new Set(searchWords(query))], match);
  const found: FoundDocument[] = [];
  const get = tables.database.prepare(
    `select * from documents where ${["number = ?", ...conditions.map(({ sql }) => sql)].join(" and ")}`,
  );
  const values = conditions.flatMap((one) => one.values);
  for (const { number, score } of ranked) {
    if (found.length === limit) break;
    const row = get.get(number, ...values);
    if (row !== undefined) found.push({ ...documentOf(tables, row), score });
  }
  return found;
}
