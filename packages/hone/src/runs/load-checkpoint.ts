/** Finds a checkpoint and checks it. Only reads, so it needs no lock. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { HoneError, isHoneError } from "../core/errors.ts";
import type { CheckpointManifest } from "../formats/checkpoint-format.ts";
import { readManifest, readPointer, verifyFiles } from "./checkpoint-files.ts";
import { listCheckpoints } from "./checkpoints.ts";
import { unfinishedPrefix } from "../formats/whole-write.ts";

/** A checkpoint that was found. */
export interface LoadedCheckpoint {
  readonly path: string;
  readonly manifest: CheckpointManifest;
  /** The damaged checkpoints and pointers that were skipped. */
  readonly warnings: readonly HoneError[];
}

/**
 * A checkpoint with every byte checked.
 *
 * "latest" is the last one that was saved; where it is damaged, the one before it, and so on, with a warning for each that is
 * skipped. "best" and a name mean exactly one checkpoint.
 *
 * @param folder  a run's checkpoints folder
 * @throws CHECKPOINT_NOT_FOUND; CHECKPOINT_DAMAGED when every candidate is damaged; FORMAT_UNKNOWN_VERSION
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

/** The latest checkpoint, as `loadCheckpoint` finds it; undefined when none was ever saved. */
export async function findLatest(folder: string): Promise<LoadedCheckpoint | undefined> {
  const warnings: HoneError[] = [];
  const note = (error: unknown): undefined => {
    if (!isHoneError(error) || error.code === "FORMAT_UNKNOWN_VERSION") throw error;
    warnings.push(error);
    return undefined;
  };
  const pointer = await readPointer(folder, "latest").catch(note);
  const bySequence = (await listCheckpoints(folder)).map((one) => one.name);
  // Folders without a readable manifest come last. They are only named in warnings.
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
