/**
 * Whose a SQLite file is, asked without changing a byte of it.
 *
 * Opening a file as ours puts it in WAL mode, which rewrites its header, so it is looked at before.
 */
import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { HoneError } from "../../core/errors.ts";
import { systemCode } from "../../formats/write-error.ts";

/** Tables of others that a message names. */
const tablesShown = 3;

/**
 * Refuses what is no store of ours, and leaves it as it is.
 * @throws STORE_NOT_FOUND with the reason; what SQLite says of files that are no database
 */
export function demandOurs(path: string): void {
  const reason = foreignReason(resolve(path));
  if (reason !== undefined)
    throw new HoneError("STORE_NOT_FOUND", { store: `sqlite:${path}`, reason });
}

/** The folder of a file that is to be made is there: one that was mistyped is not made. @throws WRITE_FAILED */
export function demandFolder(path: string): void {
  const folder = dirname(resolve(path));
  let isFolder = false;
  try {
    isFolder = statSync(folder).isDirectory();
  } catch (error) {
    if (systemCode(error) !== "ENOENT" && systemCode(error) !== "ENOTDIR") throw error;
  }
  if (isFolder) return;
  const reason = `there is no folder ${folder}; make it first`;
  throw new HoneError("WRITE_FAILED", { path, reason });
}

function foreignReason(file: string): string | undefined {
  const facts = statSync(file, { throwIfNoEntry: false });
  if (facts === undefined) return "there is no such file";
  // Folders and pipes: opening them says what is wrong.
  if (!facts.isFile()) return undefined;
  if (facts.size === 0 && !hasCompanion(file)) return "the file is empty";
  const tables = tablesOf(file);
  if (tables.includes("hone_schema")) return undefined;
  if (tables.length === 0) return "the file is a database without tables";
  const more = tables.length > tablesShown ? " and others" : "";
  const named = tables.slice(0, tablesShown).join(", ");
  return `the file is another program's database (with tables ${named}${more}), and was left as it is`;
}

function tablesOf(file: string): readonly string[] {
  if (hasCompanion(file)) return readTables(file);
  const tables = readTables(file, true);
  // Somebody may have begun to write while we read without a lock.
  return tables.includes("hone_schema") || !hasCompanion(file) ? tables : readTables(file);
}

/** What a program that writes, or was killed, keeps beside the file: its content counts. */
const hasCompanion = (file: string): boolean =>
  ["-wal", "-journal"].some((ending) => existsSync(file + ending));

/** A file that nobody has open is read as one that cannot change: otherwise SQLite makes a log beside it. */
function readTables(file: string, isAlone = false): readonly string[] {
  const url = pathToFileURL(file);
  if (isAlone) url.searchParams.set("immutable", "1");
  const database = new DatabaseSync(url, { readOnly: true, timeout: 5 });
  try {
    const rows = database
      .prepare("select name from sqlite_master where type = 'table' order by name")
      .all();
    return rows.map(({ name }) => String(name));
  } finally {
    database.close();
  }
}
