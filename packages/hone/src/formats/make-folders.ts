/**
 * Folders made with those above them.
 *
 * Node's own `mkdir` with `recursive` never ends where a folder is there and nothing can be made in it, as below /proc on
 * Linux: the system says ENOENT, and it takes the folder above for missing.
 */
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { HoneError } from "../core/errors.ts";

/** Somebody may delete an empty folder while we make another in it. */
const tries = 10;

/**
 * Makes the folder and those above it that are not there.
 *
 * @returns the first that was made; undefined when all were there
 * @throws WRITE_FAILED where the file system takes no folders; ENOTDIR where a file or a link to nowhere is in the way; else what
 *   the system says
 */
export async function makeFolders(path: string): Promise<string | undefined> {
  const target = resolve(path);
  for (let left = tries; ; left--) {
    const missing = await missingFolders(target);
    try {
      for (const folder of missing) await makeFolder(folder);
      return missing[0];
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      if (left > 1) continue;
      const facts = { path: target, reason: "no folder can be made there" };
      throw new HoneError("WRITE_FAILED", facts, { cause: error });
    }
  }
}

/** From the uppermost on. */
async function missingFolders(target: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = target; !(await isThere(folder)); folder = dirname(folder)) {
    missing.unshift(folder);
    // A drive that is not there has nothing above it.
    if (dirname(folder) === folder) break;
  }
  return missing;
}

async function isThere(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
  throw noFolder(`${path} is a file`);
}

/** As the system says it of paths that lead through a file. */
const noFolder = (problem: string): Error => Object.assign(new Error(problem), { code: "ENOTDIR" });

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    // Another process was first.
    if (codeOf(error) !== "EEXIST") throw error;
    if (!(await isThere(path))) throw noFolder(`${path} is a link to nowhere`);
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
