/** Copies what a run has made to the folders of the Python project that its user comes from. */
import { cp, readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { makeFolders } from "../../formats/make-folders.ts";
import { writeFileWhole, writeFolderWhole } from "../../formats/whole-write.ts";
import { writeError } from "../../formats/write-error.ts";

/** Copies a folder so that it appears whole or not at all, in the place of an older one. @throws DISK_FULL, WRITE_FAILED */
export const copyFolder = (
  from: string,
  to: string,
  leftOut: readonly string[] = [],
): Promise<void> => {
  const filter = (path: string): boolean => !leftOut.includes(basename(path));
  return writeFolderWhole(to, (folder) => cp(from, folder, { recursive: true, filter }), {
    replace: true,
  });
};

/** Which parts of a run folder are copied. */
interface CopiedParts {
  /** Folders below the run's, such as `models/sft`, whose entries are copied. One that is not there is passed over. */
  readonly parts: readonly string[];
  /** Names of files and folders that are not copied, wherever they lie. */
  readonly leftOut?: readonly string[];
}

/**
 * Copies the entries of parts of a run folder to the same places below another folder. Each takes the place of an older one of its name;
 * whatever else is there stays.
 * @throws DISK_FULL, WRITE_FAILED
 */
export async function copyParts(
  folder: string,
  to: string,
  { parts, leftOut = [] }: CopiedParts,
): Promise<void> {
  for (const part of parts)
    for (const { name, isFolder } of await entriesOf(join(folder, part)))
      if (!leftOut.includes(name))
        await copyEntry(join(folder, part, name), join(resolve(to), part, name), {
          ...{ isFolder, leftOut },
        });
}

async function copyEntry(
  from: string,
  to: string,
  { isFolder, leftOut }: { readonly isFolder: boolean; readonly leftOut: readonly string[] },
): Promise<void> {
  if (isFolder) return copyFolder(from, to, leftOut);
  await makeWritable(dirname(to));
  await writeFileWhole(to, await readFile(from));
}

/** What is in a part of the run folder. A phase that was not run has none. */
async function entriesOf(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
}

/** Makes a folder of the user's, so that one that cannot be written is said before the work. @throws DISK_FULL, WRITE_FAILED */
export async function makeWritable(folder: string): Promise<void> {
  try {
    await makeFolders(resolve(folder));
  } catch (error) {
    throw writeError(error, resolve(folder));
  }
}
