/**
 * Files that are whole or absent, also after a kill or a power cut.
 *
 * The bytes go to a temporary file beside the target, are flushed to the disk, and take the target's name in one
 * rename; the folder is flushed last, so that the new name itself survives.
 */
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { HoneError, isHoneError, messageOf } from "../core/errors.ts";

/** Names that start with this are unfinished work of a process that may be dead. */
export const unfinishedPrefix = ".unfinished-";

/** A name for something unfinished, in the folder where its finished form will be. */
export function unfinishedPath(target: string): string {
  const random = randomBytes(4).toString("hex");
  return join(dirname(target), `${unfinishedPrefix}${basename(target)}-${random}`);
}

/**
 * Writes a file, whole or not at all; an older one of that name is replaced.
 * @throws DISK_FULL, RUN_FOLDER_NOT_WRITABLE, WRITE_FAILED
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = unfinishedPath(path);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw storageError(error, path);
  }
}

/** Makes a folder and those above it. @throws as `writeWhole` */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw storageError(error, path);
  }
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

/** Flushes the names in a folder to the disk. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder as a file; there the rename itself is journalled.
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** What went wrong while writing `path`, as an error with a code; errors that have one stay as they are. */
export function storageError(error: unknown, path: string): HoneError {
  const code = systemCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new HoneError("DISK_FULL", { path }, { cause: error });
  }
  if (isHoneError(error)) return error;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    const reason = code === "EROFS" ? "the file system is read-only" : "permission denied";
    return new HoneError("RUN_FOLDER_NOT_WRITABLE", { folder: path, reason }, { cause: error });
  }
  return new HoneError("WRITE_FAILED", { path, reason: messageOf(error) }, { cause: error });
}

/** The system's code of an error or of what caused it, such as "ENOSPC". */
export function systemCode(error: unknown): string | undefined {
  for (let e = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    const code = (e as NodeJS.ErrnoException).code;
    if (!isHoneError(e) && typeof code === "string") return code;
  }
  return undefined;
}
