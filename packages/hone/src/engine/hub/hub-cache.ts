/**
 * The Hugging Face cache as all its tools lay it out:
 *
 *     models--org--name/blobs/<hash>            the bytes, once
 *     models--org--name/refs/<revision>         a text: the commit that the revision pointed to
 *     models--org--name/snapshots/<commit>/…    the files by name: links into blobs/
 */
import { existsSync } from "node:fs";
import {
  copyFile,
  constants,
  lstat,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
} from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { readJsonObject, weightMap } from "../weights/model-folder.ts";
import { makeFolders } from "../../formats/make-folders.ts";
import { unfinishedPath, writeFileWhole } from "../../formats/whole-write.ts";
import { writeError } from "../../formats/write-error.ts";
import { cacheFolder, type Environment } from "./hub-settings.ts";
import { withLock } from "./hub-lock.ts";
import { isCommit } from "./model-id.ts";

/** A model in the cache. */
export interface CachedModel {
  readonly id: string;
  readonly folder: string;
  /** Bytes on disk, unfinished downloads included. */
  readonly bytes: number;
  readonly revisions: readonly {
    readonly commit: string;
    readonly folder: string;
    readonly refs: readonly string[];
  }[];
}

/** The folder of one model in the cache. */
export function repositoryFolder(cache: string, id: string): string {
  return join(cache, `models--${id.replace("/", "--")}`);
}

/** The lock that guards it. */
export function lockPath(cache: string, id: string): string {
  return join(cache, ".locks", `models--${id.replace("/", "--")}.hone-lock`);
}

/** The folder of a revision's files, when all that a model needs is there. */
export async function cachedSnapshot(
  repository: string,
  revision: string,
): Promise<{ readonly folder: string; readonly commit: string } | undefined> {
  const named = isCommit(revision)
    ? revision
    : await readFile(join(repository, "refs", revision), "utf8").catch(() => "");
  const commit = named.trim();
  if (!isCommit(commit)) return undefined;
  const folder = join(repository, "snapshots", commit);
  return (await holdsModel(folder)) ? { folder, commit } : undefined;
}

/** Makes the blob visible under its name in a snapshot: a relative link, or a copy where links are not possible. */
export async function linkIntoSnapshot(
  snapshot: string,
  name: string,
  blob: string,
): Promise<void> {
  const place = join(snapshot, name);
  const temporary = unfinishedPath(place);
  try {
    await makeFolders(dirname(place));
    await symlink(relative(dirname(place), blob), temporary).catch(
      async (error: NodeJS.ErrnoException) => {
        if (!["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP"].includes(error.code ?? "")) throw error;
        await copyFile(blob, temporary, constants.COPYFILE_FICLONE);
      },
    );
    await rename(temporary, place);
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeError(error, place);
  }
}

/** Remembers which commit a revision stands for. */
export async function writeRef(
  repository: string,
  revision: string,
  commit: string,
): Promise<void> {
  const path = join(repository, "refs", revision);
  if ((await readFile(path, "utf8").catch(() => "")) === commit) return;
  try {
    await makeFolders(dirname(path));
  } catch (error) {
    throw writeError(error, path);
  }
  await writeFileWhole(path, async (file) => file.writeFile(commit));
}

/**
 * The models in the Hugging Face cache, also those that other tools put there.
 * @example for (const { id, bytes } of await cachedModels()) console.log(id, bytes);
 */
export async function cachedModels(environment: Environment = process.env): Promise<CachedModel[]> {
  const cache = cacheFolder(environment);
  return Promise.all(
    (await cachedIds(cache)).map((id) => describe(id, repositoryFolder(cache, id))),
  );
}

/**
 * Deletes one model from the cache, all its revisions; nothing outside its folder is touched, links are not followed.
 *
 * @returns the bytes freed
 * @throws MODEL_NOT_FOUND when the cache does not hold it; HUB_BUSY while a process downloads it
 */
export async function clearCachedModel(
  id: string,
  environment: Environment = process.env,
): Promise<number> {
  const cache = cacheFolder(environment);
  const folder = repositoryFolder(cache, id);
  // Only models of the listing can be named, so that no text leads to a folder outside the cache.
  if (!(await cachedIds(cache)).includes(id)) {
    throw new HoneError("MODEL_NOT_FOUND", { model: id, looked: cache });
  }
  const onWait = (pid: number, lock: string) => {
    throw new HoneError("HUB_BUSY", { model: id, lock, pid });
  };
  return withLock(lockPath(cache, id), { model: id, onWait }, async () => {
    const { bytes } = await describe(id, folder);
    await rm(folder, { recursive: true, force: true }).catch((error: unknown) => {
      throw writeError(error, folder);
    });
    return bytes;
  });
}

async function cachedIds(cache: string): Promise<string[]> {
  const rows = await readdir(cache, { withFileTypes: true }).catch(() => []);
  const folders = rows.filter((row) => row.isDirectory() && row.name.startsWith("models--"));
  return folders.map((row) => row.name.slice("models--".length).replace("--", "/")).toSorted();
}

async function describe(id: string, folder: string): Promise<CachedModel> {
  const refs = await filesBelow(join(folder, "refs"));
  const named = await Promise.all(
    refs.map(async (ref) => ({
      ref,
      commit: (await readFile(join(folder, "refs", ref), "utf8")).trim(),
    })),
  );
  const commits = await readdir(join(folder, "snapshots")).catch((): string[] => []);
  const sizes = (await filesBelow(folder)).map(async (name) => {
    const facts = await lstat(join(folder, name));
    return facts.isFile() ? facts.size : 0;
  });
  return {
    id,
    folder,
    bytes: (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0),
    revisions: commits.toSorted().map((commit) => ({
      commit,
      folder: join(folder, "snapshots", commit),
      refs: named.filter((row) => row.commit === commit).map(({ ref }) => ref),
    })),
  };
}

/** Files and links below a folder, as paths relative to it. */
async function filesBelow(folder: string): Promise<string[]> {
  const rows = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return rows
    .filter((row) => !row.isDirectory())
    .map((row) => relative(folder, join(row.parentPath, row.name)));
}

/** Whether a snapshot has its weights, which are downloaded last: a killed download has none. */
export async function holdsModel(folder: string): Promise<boolean> {
  const has = (name: string) => existsSync(join(folder, name)); // Follows links: a link to nothing is not there.
  if (has("adapter_config.json") && has("adapter_model.safetensors")) return true;
  if (!has("config.json")) return false;
  if (has("model.safetensors")) return true;
  const index = "model.safetensors.index.json";
  if (!has(index)) return false;
  const shards = weightMap(await readJsonObject(folder, index), join(folder, index)).values();
  return [...new Set(shards)].every(has);
}
