/**
 * Whether a SQLite file is a store of hone, found out without changing a byte of it.
 *
 * Opening a store puts the file in WAL mode, which rewrites its header. Another program's file must not be changed so, and is
 * therefore examined first.
 */
import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { HoneError } from "../../core/errors.ts";
import { systemCode } from "../../formats/write-error.ts";

/** Number of another program's tables that an error names. */
const tablesShown = 3;

/**
 * Refuses a file that is not a store of hone, and leaves it as it is.
 * @throws STORE_NOT_FOUND with the reason; SQLite's error for a file that is no database
 */
export function demandOurs(path: string): void {
  const reason = foreignReason(resolve(path));
  if (reason !== undefined)
    throw new HoneError("STORE_NOT_FOUND", { store: `sqlite:${path}`, reason });
}

/** Refuses a path in a folder that does not exist. The folder is not made, since the path may be mistyped. @throws WRITE_FAILED */
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

/**
 * Refuses a file without content, since it may be a store that something emptied: writing into it would hide the loss.
 * Another process may be making the file at this moment, so it has some time to grow.
 * @throws STORE_DAMAGED
 */
export async function demandNotEmptied(path: string, withinMs: number): Promise<void> {
  const file = resolve(path);
  const end = performance.now() + withinMs;
  while (isEmptied(file)) {
    if (performance.now() > end) {
      const problem = "the file is empty; delete it if a new store is to begin there";
      throw new HoneError("STORE_DAMAGED", { store: `sqlite:${path}`, problem });
    }
    await sleep(20);
  }
}

function isEmptied(file: string): boolean {
  const facts = statSync(file, { throwIfNoEntry: false });
  return facts !== undefined && facts.isFile() && facts.size === 0 && !hasCompanion(file);
}

function foreignReason(file: string): string | undefined {
  const facts = statSync(file, { throwIfNoEntry: false });
  if (facts === undefined) return "there is no such file";
  // For folders and pipes the error of opening them tells what is wrong.
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
  // Another process may have begun to write while the file was read without a lock.
  return tables.includes("hone_schema") || !hasCompanion(file) ? tables : readTables(file);
}

/** Whether a log lies beside the file. A program that writes, or was killed, keeps changes there that belong to the database. */
const hasCompanion = (file: string): boolean =>
  ["-wal", "-journal"].some((ending) => existsSync(file + ending));

/** @param isAlone  no process has the file open, so it is read as immutable: otherwise SQLite would make a log beside it */
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
