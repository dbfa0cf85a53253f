/** Finding a checkpoint to go on from, to serve or to talk to. Reads only; needs no lock. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { HoneError, isHoneError } from "../core/errors.ts";
import type { CheckpointManifest } from "../formats/checkpoint-format.ts";
import { readManifest, readPointer, verifyFiles } from "./checkpoint-files.ts";
import { listCheckpoints } from "./checkpoints.ts";
import { unfinishedPrefix } from "../formats/whole-write.ts";

export interface LoadedCheckpoint {
  readonly path: string;
  readonly manifest: CheckpointManifest;
  /** Checkpoints that would have come first but are damaged, and damaged pointers. */
  readonly warnings: readonly HoneError[];
}

/**
 * A checkpoint with every byte checked.
 *
 * "latest" is the last acknowledged one; where that is damaged, the one before it, and so on, each skipped one a
 * warning. "best" and a name mean exactly that one.
 *
 * @param folder  a run's checkpoints folder
 * @throws CHECKPOINT_NOT_FOUND; CHECKPOINT_DAMAGED when nothing usable is left; FORMAT_UNKNOWN_VERSION
 */
export async function loadCheckpoint(
  folder: string,
  which: "latest" | "best" | (string & {}) = "latest",
): Promise<LoadedCheckpoint> {
  if (which === "latest") {
    const found = await findLatest(folder);
    if (found !== undefined) return found;
    throw new HoneError("CHECKPOINT_NOT_FOUND", { folder, wanted: which, known: [] });
  }
  const name = which === "best" ? (await readPointer(folder, "best"))?.checkpoint : which;
  const known = (await listCheckpoints(folder)).map((one) => one.name);
  const names = await checkpointFolders(folder);
  if (name === undefined || !names.includes(name)) {
    throw new HoneError("CHECKPOINT_NOT_FOUND", { folder, wanted: which, known });
  }
  return { ...(await verified(join(folder, name))), warnings: [] };
}

/** As `loadCheckpoint` for "latest", but undefined when nothing was ever saved. */
export async function findLatest(folder: string): Promise<LoadedCheckpoint | undefined> {
  const warnings: HoneError[] = [];
  const note = (error: unknown): undefined => {
    if (!isHoneError(error) || error.code === "FORMAT_UNKNOWN_VERSION") throw error;
    warnings.push(error);
    return undefined;
  };
  const pointer = await readPointer(folder, "latest").catch(note);
  const bySequence = (await listCheckpoints(folder)).map((one) => one.name);
  // Names without a readable manifest come last: they only have to be named in a warning.
  const candidates = new Set([
    ...(pointer === undefined ? [] : [pointer.checkpoint]),
    ...bySequence,
    ...(await checkpointFolders(folder)),
  ]);
  for (const name of candidates) {
    const found = await verified(join(folder, name)).catch(note);
    if (found !== undefined) return { ...found, warnings };
  }
  const [first] = warnings;
  if (first !== undefined) throw first;
  return undefined;
}

async function verified(path: string): Promise<Omit<LoadedCheckpoint, "warnings">> {
  const manifest = await readManifest(path);
  await verifyFiles(path, manifest);
  return { path, manifest };
}

async function checkpointFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(unfinishedPrefix))
    .map((entry) => entry.name);
}
