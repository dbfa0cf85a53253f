/**
 * Makes a folder together with the missing folders above it.
 *
 * It replaces `mkdir` with `recursive`, which never returns for a path below /proc on Linux: the system answers ENOENT for a
 * folder that exists but takes no new ones, and Node then looks for a missing folder above it again and again.
 */
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { HoneError } from "../core/errors.ts";

/** How often to start again when another process deletes a folder of the path in the meantime. */
const tries = 10;

/**
 * Makes a folder and the missing folders above it.
 *
 * @returns the uppermost folder that was made; undefined when all existed
 * @throws WRITE_FAILED when the file system takes no new folders there; an error with the code ENOTDIR when a file or a
 *   broken link is in the way; other errors of the system as they are
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

/** The missing folders of a path, the uppermost first. */
async function missingFolders(target: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = target; !(await isThere(folder)); folder = dirname(folder)) {
    missing.unshift(folder);
    // The root of a missing drive has no folder above it.
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

/** An error like the system's own for a path that leads through a file. */
const noFolder = (problem: string): Error => Object.assign(new Error(problem), { code: "ENOTDIR" });

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    // EEXIST: another process made the folder first.
    if (codeOf(error) !== "EEXIST") throw error;
    if (!(await isThere(path))) throw noFolder(`${path} is a link to nowhere`);
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
