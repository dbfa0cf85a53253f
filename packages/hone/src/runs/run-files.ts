/** Writes files of run folders whole, and reads them as text; errors name the run's folder. */
import { readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { HoneError, isError, isHoneError, messageOf } from "../core/errors.ts";
import { makeFolders } from "../formats/make-folders.ts";
import { syncFolder, unfinishedPath, writeFileWhole } from "../formats/whole-write.ts";
import { isFull, refusal, systemCode, writeError } from "../formats/write-error.ts";

/**
 * Writes a file, whole or not at all. An older file of that name is replaced.
 * @throws DISK_FULL, RUN_FOLDER_NOT_WRITABLE, WRITE_FAILED
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFileWhole(path, content);
  } catch (error) {
    throw storageError(error, path);
  }
}

/** Makes a folder and its parent folders. @throws as `writeWhole` */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeFolders(path);
  } catch (error) {
    throw storageError(error, path);
  }
}

/** Removes a folder with all that it holds. It is renamed first, so that no half of it stays in a list after a kill. */
export async function removeFolder(folder: string): Promise<void> {
  const doomed = unfinishedPath(folder);
  await rename(folder, doomed);
  await syncFolder(dirname(folder));
  await rm(doomed, { recursive: true, force: true });
}

/** The text of a file; undefined when there is none. @throws FILE_DAMAGED when it cannot be read */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw new HoneError(
      "FILE_DAMAGED",
      { file: path, problem: messageOf(error) },
      { cause: error },
    );
  }
}

/**
 * The error of writing `path`, with a code. An error that has a code is returned unchanged, except that a full disk is always
 * DISK_FULL, and that missing permission names the run's folder.
 */
export function storageError(error: unknown, path: string): HoneError {
  const code = systemCode(error);
  if (isFull(code)) return new HoneError("DISK_FULL", { path }, { cause: error });
  const reason = refusal(code);
  if (reason !== undefined && (!isHoneError(error) || isError(error, "WRITE_FAILED"))) {
    return new HoneError("RUN_FOLDER_NOT_WRITABLE", { folder: path, reason }, { cause: error });
  }
  const known = writeError(error, path);
  if (isHoneError(known)) return known;
  return new HoneError("WRITE_FAILED", { path, reason: messageOf(error) }, { cause: error });
}
