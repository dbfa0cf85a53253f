/**
 * Checkpoints of a run: folders that are whole or absent, and pointers to the latest and the best.
 *
 *     checkpoints/grpo-step-000120/   the files of the writer, and manifest.json with their sizes and hashes, written last
 *     checkpoints/latest.json         names the last saved one; written only after that folder is on the disk
 *     checkpoints/best.json           names the one with the highest score so far
 *
 * A folder is filled under an unfinished name and renamed once its bytes are flushed, so a process that is killed leaves the
 * last saved checkpoint unchanged. Older checkpoints are deleted except the latest few, the best, and every n-th step.
 */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { HoneError } from "../core/errors.ts";
import { checkpointFormat, pointerFormat } from "../formats/checkpoint-format.ts";
import type { CheckpointManifest, CheckpointPointer } from "../formats/checkpoint-format.ts";
import { writeFormat } from "../formats/format.ts";
import { listFiles, readManifest, readPointer, syncFolders } from "./checkpoint-files.ts";
import { syncFolder, unfinishedPath, unfinishedPrefix } from "../formats/whole-write.ts";
import { makeFolder, storageError, writeWhole } from "./run-files.ts";

/** Which checkpoints are kept. */
export interface Retention {
  /** The latest ones, at least 1. Default 2, so that there is another one where the latest is damaged. */
  readonly latest?: number;
  /** Keeps every checkpoint whose step is a multiple of this; 0 keeps none because of its step. Default 0. */
  readonly every?: number;
}

/** What a checkpoint is called, and what it keeps beside its files. */
export interface CheckpointOptions {
  /** The phase, such as "sft": the start of the folder's name. */
  readonly section: string;
  /** The steps of the phase that are done. */
  readonly step: number;
  /** The score that decides the best checkpoint, higher is better. Default: none, so it is never the best. */
  readonly score?: { readonly metric: string; readonly value: number };
  /** What the run needs to resume, as JSON. */
  readonly state?: Readonly<Record<string, unknown>>;
  /** The lengths of the run's logs now, in bytes, by file. */
  readonly logs?: Readonly<Record<string, number>>;
}

/** A checkpoint on the disk. */
export interface SavedCheckpoint {
  readonly path: string;
  readonly manifest: CheckpointManifest;
}

/** Writes the files of a checkpoint into a folder. Folders in it are allowed, links are not. */
export type CheckpointWriter = (folder: string) => Promise<unknown>;

/** The checkpoints of a run. */
export class Checkpoints {
  readonly folder: string;
  readonly #retention: Required<Retention>;
  #pending: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, retention: Retention) {
    this.folder = folder;
    this.#retention = { latest: Math.max(1, retention.latest ?? 2), every: retention.every ?? 0 };
  }

  /** Removes what an earlier process left unfinished, so only the process that holds the run's lock may open it. */
  static async open(folder: string, retention: Retention = {}): Promise<Checkpoints> {
    await makeFolder(folder);
    for (const name of await readdir(folder)) {
      if (name.startsWith(unfinishedPrefix)) await remove(join(folder, name));
    }
    return new Checkpoints(folder, retention);
  }

  /**
   * Saves a checkpoint; once this has resolved, it survives a crash of the machine. Saves run one after the other.
   * @throws DISK_FULL, RUN_FOLDER_NOT_WRITABLE, WRITE_FAILED, and what the writer throws; earlier checkpoints are unchanged
   */
  save(options: CheckpointOptions, write: CheckpointWriter): Promise<SavedCheckpoint> {
    const result = this.#pending.then(() => this.#save(options, write));
    this.#pending = result.catch(() => undefined);
    return result;
  }

  async #save(options: CheckpointOptions, write: CheckpointWriter): Promise<SavedCheckpoint> {
    const earlier = await listCheckpoints(this.folder);
    const name = freeName(checkpointName(options), new Set(await readdir(this.folder)));
    const path = join(this.folder, name);
    const temporary = unfinishedPath(path);
    try {
      await mkdir(temporary);
      await write(temporary);
      const manifest: CheckpointManifest = {
        name,
        sequence: Math.max(0, ...earlier.map((one) => one.sequence)) + 1,
        section: options.section,
        step: options.step,
        savedAt: new Date().toISOString(),
        ...(options.score === undefined ? {} : { score: options.score }),
        files: await listFiles(temporary),
        logs: { ...options.logs },
        state: { ...options.state },
      };
      await writeWhole(join(temporary, "manifest.json"), writeFormat(checkpointFormat, manifest));
      await syncFolders(temporary);
      await rename(temporary, path);
      await syncFolder(this.folder);
      await this.#point(manifest);
      await this.#retire([...earlier, manifest]);
      return { path, manifest };
    } catch (error) {
      await remove(temporary).catch(() => undefined);
      throw storageError(error, path);
    }
  }

  /** Writes the pointers: "best" first, since the checkpoint counts as saved once "latest" is written. */
  async #point(manifest: CheckpointManifest): Promise<void> {
    const { name, score } = manifest;
    const best = await readPointer(this.folder, "best").catch(() => undefined);
    if (score !== undefined && score.value > (best?.score?.value ?? -Infinity)) {
      await this.#write("best", { checkpoint: name, score });
    }
    await this.#write("latest", { checkpoint: name });
  }

  #write(which: "best" | "latest", pointer: CheckpointPointer): Promise<void> {
    return writeWhole(join(this.folder, `${which}.json`), writeFormat(pointerFormat, pointer));
  }

  async #retire(all: readonly CheckpointManifest[]): Promise<void> {
    const { latest, every } = this.#retention;
    const best = await readPointer(this.folder, "best").catch(() => undefined);
    const old = all.toSorted((a, b) => b.sequence - a.sequence).slice(latest);
    for (const { name, step } of old) {
      if (name === best?.checkpoint || (every > 0 && step % every === 0)) continue;
      // Renamed first, so that a half-deleted folder does not look like a checkpoint.
      const doomed = unfinishedPath(join(this.folder, name));
      await rename(join(this.folder, name), doomed);
      await remove(doomed);
    }
  }
}

/** The manifests that can be read, the latest first. The files of the checkpoints are not checked. */
export async function listCheckpoints(folder: string): Promise<CheckpointManifest[]> {
  const found: CheckpointManifest[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name.startsWith(unfinishedPrefix)) continue;
    const manifest = await readManifest(join(folder, entry.name)).catch(() => undefined);
    if (manifest !== undefined) found.push(manifest);
  }
  return found.toSorted((a, b) => b.sequence - a.sequence);
}

function checkpointName({ section, step }: CheckpointOptions): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(section)) {
    throw new HoneError("OPTION_INVALID", {
      where: "Checkpoints.save",
      option: "section",
      got: JSON.stringify(section),
      expected: "letters, digits, dots, dashes and underscores",
    });
  }
  return `${section}-step-${String(step).padStart(6, "0")}`;
}

/** A folder's name that is not taken: the second save of a step gets a number, since no folder is replaced. */
function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}-${i}`;
  return name;
}

const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true });
