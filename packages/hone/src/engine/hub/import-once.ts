/** GGUF files named in place of a model folder: imported once into the Hugging Face cache, then used from there. */
import { createHash } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import type { OnProgress } from "../../core/progress.ts";
import { importGguf } from "../gguf/import-gguf.ts";
import { holdsModel, lockPath, repositoryFolder } from "./hub-cache.ts";
import { withLock } from "./hub-lock.ts";
import { cacheFolder, type Environment } from "./hub-settings.ts";

/** How a file is imported. */
export interface ImportOnceOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** HF_HOME, HF_HUB_CACHE. Default `process.env`. */
  readonly environment?: Environment;
}

/** Whether a name is that of a GGUF file on this machine. */
export async function isGgufFile(name: string): Promise<boolean> {
  return name.endsWith(".gguf") && (await stat(name).catch(() => undefined))?.isFile() === true;
}

/**
 * The folder of a GGUF file's model in the cache, where `hone cache list` shows it as `gguf/<name>`. The file is known again by
 * its place, size and time of change. A second process that wants the same file waits for the first.
 *
 * @returns warnings when the file was imported now: GGUF_IMPORTED, and what `importGguf` says
 * @throws what `importGguf` throws; HUB_BUSY
 */
export async function importOnce(
  path: string,
  { signal, onProgress, environment = process.env }: ImportOnceOptions = {},
): Promise<{ readonly folder: string; readonly warnings: readonly HoneError[] }> {
  const place = await realpath(path);
  const { size, mtimeMs } = await stat(place);
  const key = createHash("sha1").update(`${place}\n${size}\n${mtimeMs}`).digest("hex");
  const id = `gguf/${cacheName(basename(place, ".gguf"))}`;
  const cache = cacheFolder(environment);
  const folder = join(repositoryFolder(cache, id), "snapshots", key);
  if (await holdsModel(folder)) return { folder, warnings: [] };
  const lock = { model: path, ...(signal === undefined ? {} : { signal }) };
  return withLock(lockPath(cache, id), lock, async () => {
    if (await holdsModel(folder)) return { folder, warnings: [] };
    const { warnings } = await importGguf(path, folder, { replace: true, signal, onProgress });
    const imported = new HoneError("GGUF_IMPORTED", { file: path, folder, id });
    return { folder, warnings: [imported, ...warnings] };
  });
}

/** A name that the cache takes: letters, digits and single dots and hyphens between them. */
const cacheName = (name: string): string =>
  name
    .replace(/[^\w.-]+/g, "-")
    .replace(/[.-]{2,}/g, "-")
    .replace(/^[.-]+|[.-]+$/g, "") || "model";
