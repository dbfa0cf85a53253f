/**
 * Writes that are whole or absent: a file or a folder is made under a temporary name beside its place, flushed to the
 * disk, and renamed. A process killed at any moment leaves the old state or the new one, and at most a `.tmp-` leftover.
 */
import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { HoneError, isError, isHoneError } from "../../core/errors.ts";

/**
 * Writes a file whole or not at all; an existing file is replaced.
 *
 * @param write fills the open, empty file
 * @throws DISK_FULL, WRITE_FAILED; then the old file, if any, is untouched
 */
export async function writeFileWhole(
  path: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.tmp-${randomUUID()}`);
  try {
    const handle = await open(temporary, "wx");
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw asWriteError(cause, path);
  }
}

/**
 * Makes a folder whole or not at all.
 *
 * With `replace`, an old folder is first moved aside to `.<name>.old-<id>`, and deleted when the new one stands; a
 * process killed between the two renames leaves it there under that name.
 *
 * @param fill writes the files into the temporary folder it is given
 * @throws MODEL_FOLDER_EXISTS when the folder holds files and `replace` is not set
 * @throws DISK_FULL, WRITE_FAILED
 */
export async function writeFolderWhole(
  path: string,
  fill: (folder: string) => Promise<void>,
  options: { readonly replace?: boolean } = {},
): Promise<void> {
  const target = resolve(path);
  const beside = (kind: string) =>
    join(dirname(target), `.${basename(target)}.${kind}-${randomUUID()}`);
  const temporary = beside("tmp");
  try {
    if (!options.replace && (await holdsFiles(target)))
      throw new HoneError("MODEL_FOLDER_EXISTS", { folder: path });
    await mkdir(dirname(target), { recursive: true });
    await mkdir(temporary);
    await fill(temporary);
    await syncFolder(temporary);
    await putInPlace(temporary, target, beside("old"));
    await syncFolder(dirname(target));
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw asWriteError(namingTarget(cause, temporary, target), path);
  }
}

/** What the file system said, as an error with a way out; errors that have a code already pass through. */
export function asWriteError(cause: unknown, path: string): unknown {
  if (isHoneError(cause) || !(cause instanceof Error) || !("code" in cause)) return cause;
  if (cause.code === "ENOSPC" || cause.code === "EDQUOT")
    return new HoneError("DISK_FULL", { path }, { cause });
  const reasons: Readonly<Record<string, string>> = {
    EACCES: "permission denied",
    EPERM: "permission denied",
    EROFS: "the file system is read-only",
    ENOENT: "its folder does not exist",
    ENOTDIR: "a part of the path is a file",
    ENAMETOOLONG: "the name is too long",
  };
  const reason = reasons[String(cause.code)] ?? cause.message;
  return new HoneError("WRITE_FAILED", { path, reason }, { cause });
}

/** A message about the temporary folder, which is gone by then, would point at nothing. */
function namingTarget(error: unknown, temporary: string, target: string): unknown {
  if (!isError(error, "DISK_FULL") && !isError(error, "WRITE_FAILED")) return error;
  const facts = { ...error.facts, path: error.facts.path.replace(temporary, target) };
  return new HoneError<"DISK_FULL" | "WRITE_FAILED">(error.code, facts, { cause: error.cause });
}

async function putInPlace(temporary: string, target: string, aside: string): Promise<void> {
  const occupied = await holdsFiles(target);
  if (!occupied) {
    // An empty folder in the way is replaced by the rename itself.
    await rename(temporary, target);
    return;
  }
  await rename(target, aside);
  try {
    await rename(temporary, target);
  } catch (error) {
    await rename(aside, target);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

async function holdsFiles(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** A rename survives a power cut only once the folder itself is flushed. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return; // Windows cannot open folders, and journals renames itself.
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
