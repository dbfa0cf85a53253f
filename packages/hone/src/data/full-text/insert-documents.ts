/** Writes documents into the tables of a full-text index. */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { searchWords } from "../../core/search-words.ts";
import type { IndexedDocument } from "../full-text-index.ts";
import { isValue } from "./filter-condition.ts";
import { fieldColumn, type Tables } from "./tables.ts";

/** Adds documents, all or none. @throws OPTION_INVALID for a document that does not fit the index */
export function insertDocuments(tables: Tables, documents: readonly IndexedDocument[]): void {
  for (const document of documents) checkDocument(tables, document);
  const { database } = tables;
  const insert = insertion(tables);
  database.exec("begin immediate");
  try {
    documents.forEach(insert);
    database.exec("commit");
  } catch (error) {
    database.exec("rollback");
    throw error;
  }
}

function checkDocument({ fields, filters }: Tables, document: IndexedDocument): void {
  checkOptions<object>("add", document, { id: true, fields: true, filters: true });
  const check = optionChecks("add");
  check.text("id", document.id);
  for (const name of Object.keys(document.fields)) check.oneOf("fields", name, fields);
  for (const name of fields) {
    const text: unknown = document.fields[name];
    if (typeof text !== "string") throw check.invalid(`fields.${name}`, text, "a text");
  }
  for (const [name, value] of Object.entries(document.filters ?? {})) {
    check.oneOf("filters", name, filters);
    if (!isValue(value)) throw check.invalid(`filters.${name}`, value, "a text or a finite number");
  }
}

/** Adds one document; the older one of the same name goes. */
function insertion({ database, fields, filters }: Tables): (document: IndexedDocument) => void {
  const marks = (count: number): string => Array(count).fill("?").join(", ");
  const columns = fields.map((_, place) => fieldColumn(place)).join(", ");
  const find = database.prepare("select number from documents where id = ?");
  const drops = [
    database.prepare("delete from words where rowid = ?"),
    database.prepare("delete from documents where number = ?"),
  ];
  const addTexts = database.prepare(
    `insert into documents values (null, ${marks(1 + fields.length + filters.length)})`,
  );
  const addWords = database.prepare(
    `insert into words (rowid, ${columns}) values (${marks(1 + fields.length)})`,
  );
  return ({ id, fields: given, filters: values = {} }) => {
    const older = find.get(id)?.["number"];
    if (older !== undefined) for (const drop of drops) drop.run(older);
    const texts = fields.map((name) => given[name] ?? "");
    const { lastInsertRowid } = addTexts.run(
      id,
      ...texts,
      ...filters.map((name) => values[name] ?? null),
    );
    addWords.run(lastInsertRowid, ...texts.map((text) => searchWords(text).join(" ")));
  };
}
