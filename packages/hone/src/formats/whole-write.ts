/**
 * Writes files and folders whole or not at all, also when the process is killed or the power fails.
 *
 * A file or folder is made under a temporary name beside its final path, flushed to the disk and renamed. The folder above
 * is flushed last, so that the new name survives as well.
 */
import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { HoneError, isError } from "../core/errors.ts";
import { makeFolders } from "./make-folders.ts";
import { writeError } from "./write-error.ts";

/** Names of temporary files and folders start with this; those of a killed process stay. */
export const unfinishedPrefix = ".unfinished-";

/** Names of folders that a new one takes the place of start with this, until they are deleted. */
export const replacedPrefix = ".replaced-";

/** A temporary path in the folder of the final path. */
export const unfinishedPath = (target: string): string => beside(target, unfinishedPrefix);

function beside(target: string, prefix: string): string {
  const random = randomBytes(4).toString("hex");
  return join(dirname(target), `${prefix}${basename(target)}-${random}`);
}

/**
 * Writes a file whole or not at all and replaces an existing one.
 *
 * @param content  the file's bytes or text, or a function that fills the open, empty file
 * @throws DISK_FULL, WRITE_FAILED; an existing file then stays as it was
 */
export async function writeFileWhole(
  path: string,
  content: string | Uint8Array | ((file: FileHandle) => Promise<void>),
): Promise<void> {
  const temporary = unfinishedPath(path);
  try {
    const file = await open(temporary, "wx");
    try {
      await (typeof content === "function" ? content(file) : file.writeFile(content));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeError(error, path);
  }
}

/**
 * The same for an output that a user has named: its missing folders are made, and are gone again where the writing fails.
 * @throws DISK_FULL, WRITE_FAILED
 */
export async function writeOutput(
  path: string,
  content: Parameters<typeof writeFileWhole>[1],
): Promise<void> {
  const folder = dirname(resolve(path));
  const made = await makeFolders(folder).catch((error: unknown) => {
    throw writeError(error, path);
  });
  try {
    await writeFileWhole(path, content);
  } catch (error) {
    if (made !== undefined) await removeEmpty(folder, made);
    throw error;
  }
}

/** Removes a folder and those above it up to `uppermost`, as far as they are empty. */
async function removeEmpty(folder: string, uppermost: string): Promise<void> {
  for (let one = folder; one.length >= uppermost.length; one = dirname(one)) {
    const isRemoved = await rmdir(one).then(
      () => true,
      () => false,
    );
    if (!isRemoved) return;
  }
}

/** How a folder is made. */
interface FolderOptions {
  /** Puts the new folder in the place of one that holds files. Default false. */
  readonly replace?: boolean;
  /** The error for a folder that holds files. Default: that of a model's folder. */
  readonly occupied?: () => HoneError;
}

/**
 * Makes a folder whole or not at all.
 *
 * With `replace`, an existing folder is renamed to `.replaced-<name>-<id>` and deleted once the new one is in place. A
 * process that is killed between these steps leaves the old folder under that name.
 *
 * @param fill  writes the files into the temporary folder that it is given
 * @throws MODEL_FOLDER_EXISTS, or what `occupied` gives, when the folder holds files and `replace` is not set
 * @throws DISK_FULL, WRITE_FAILED
 */
export async function writeFolderWhole(
  path: string,
  fill: (folder: string) => Promise<void>,
  options: FolderOptions = {},
): Promise<void> {
  const { replace = false, occupied } = options;
  const target = resolve(path);
  const temporary = unfinishedPath(target);
  try {
    if (!replace && (await holdsFiles(target)))
      throw occupied?.() ?? new HoneError("MODEL_FOLDER_EXISTS", { folder: path });
    await makeFolders(dirname(target));
    await mkdir(temporary);
    await fill(temporary);
    await syncFolder(temporary);
    await putInPlace(temporary, target, beside(target, replacedPrefix));
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw writeError(namingTarget(error, temporary, target), path);
  }
}

/** Flushes the names in a folder to the disk, without which a rename may be lost when the power fails. */
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

/** The error with the final path in place of the temporary one, which is deleted before the user reads the message. */
function namingTarget(error: unknown, temporary: string, target: string): unknown {
  if (!isError(error, "DISK_FULL") && !isError(error, "WRITE_FAILED")) return error;
  const facts = { ...error.facts, path: error.facts.path.replace(temporary, target) };
  return new HoneError<"DISK_FULL" | "WRITE_FAILED">(error.code, facts, { cause: error.cause });
}

async function putInPlace(temporary: string, target: string, aside: string): Promise<void> {
  const occupied = await holdsFiles(target);
  if (!occupied) {
    // A rename replaces an empty folder.
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
