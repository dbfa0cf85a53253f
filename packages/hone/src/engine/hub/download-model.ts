/** All files of one commit of a model into the cache: small files first, weights last, the revision's name at the end. */
import { existsSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { readJsonObject, weightMap } from "../weights/model-folder.ts";
import { makeFolders } from "../../formats/make-folders.ts";
import { writeError } from "../../formats/write-error.ts";
import { downloadFile, incompletePath } from "./download-file.ts";
import {
  cachedSnapshot,
  linkIntoSnapshot,
  lockPath,
  repositoryFolder,
  writeRef,
} from "./hub-cache.ts";
import { withLock } from "./hub-lock.ts";
import { type FileFacts, fileFacts, type RevisionListing } from "./hub-repository.ts";
import type { HubConnection } from "./hub-request.ts";

/** What is reported of a download. */
export type HubProgress =
  /** Another process is downloading the same model. */
  | { readonly kind: "waiting"; readonly pid: number }
  | {
      readonly kind: "download";
      readonly file: string;
      readonly fileBytes: number;
      readonly fileSize: number;
      /** Over all files of this stage: first the small ones, then the weights. */
      readonly bytes: number;
      readonly size: number;
    };

type OnProgress = (progress: HubProgress) => void;

/** Files beside the weights that say how to use them. Nothing else of a repository is fetched. */
const sideFiles: ReadonlySet<string> = new Set([
  "adapter_config.json",
  "added_tokens.json",
  "chat_template.jinja",
  "chat_template.json",
  "config.json",
  "generation_config.json",
  "merges.txt",
  "model.safetensors.index.json",
  "special_tokens_map.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "vocab.json",
]);

const indexFile = "model.safetensors.index.json";

/** A repository in the cache, one commit of it, and what gets the progress. */
interface Stage {
  readonly connection: HubConnection;
  readonly commit: string;
  readonly repository: string;
  readonly snapshot: string;
  readonly onProgress: OnProgress;
}

/**
 * Fetches what is missing of a commit.
 * @throws as `resolveModel`
 */
export async function downloadModel(
  connection: HubConnection,
  { commit, files }: RevisionListing,
  cache: string,
  onProgress: OnProgress = () => undefined,
): Promise<{ readonly folder: string; readonly commit: string; readonly source: "cache" | "hub" }> {
  const { model, revision, signal } = connection;
  const repository = repositoryFolder(cache, model);
  const snapshot = join(repository, "snapshots", commit);
  const wanted = files.filter((name) => sideFiles.has(name));
  const isThere = async () =>
    (await cachedSnapshot(repository, commit)) !== undefined &&
    wanted.every((name) => existsSync(join(snapshot, name)));
  const cached = { folder: snapshot, commit, source: "cache" } as const;
  if (await isThere()) {
    // The cache may be read-only; the name only helps when there is no network.
    await writeRef(repository, revision, commit).catch(() => undefined);
    return cached;
  }
  checkWeights(files, `${model}@${revision}`);

  const onWait = (pid: number) => onProgress({ kind: "waiting", pid });
  const lockOptions = { model, onWait, ...(signal ? { signal } : {}) };
  return withLock(lockPath(cache, model), lockOptions, async () => {
    if (await isThere()) return cached;
    const stage: Stage = { connection, commit, repository, snapshot, onProgress };
    await fetchFiles(stage, wanted);
    await fetchFiles(stage, await weightFiles(snapshot, files));
    await writeRef(repository, revision, commit);
    return { folder: snapshot, commit, source: "hub" } as const;
  });
}

function checkWeights(files: readonly string[], model: string): void {
  if (
    ["model.safetensors", indexFile, "adapter_model.safetensors"].some((name) =>
      files.includes(name),
    )
  )
    return;
  const found = files.filter((name) =>
    /\.(bin|pt|pth|gguf|ckpt|h5|msgpack|onnx|safetensors)$/.test(name),
  );
  throw new HoneError("MODEL_WEIGHTS_MISSING", { folder: model, found });
}

/** Repositories may hold the weights several times; the index, else the usual name, says which ones count. */
async function weightFiles(snapshot: string, files: readonly string[]): Promise<readonly string[]> {
  if (files.includes("model.safetensors")) return ["model.safetensors"];
  if (!files.includes(indexFile)) return ["adapter_model.safetensors"];
  const places = weightMap(await readJsonObject(snapshot, indexFile), join(snapshot, indexFile));
  return [...new Set(places.values())];
}

async function fetchFiles(stage: Stage, names: readonly string[]): Promise<void> {
  const { connection, commit, repository, snapshot, onProgress } = stage;
  const missing = names.filter((name) => !existsSync(join(snapshot, name)));
  const files = await Promise.all(missing.map((name) => fileFacts(connection, commit, name)));
  await checkSpace(stage, files);
  const size = files.reduce((sum, file) => sum + file.size, 0);
  let before = 0;
  for (const file of files) {
    const blob = blobPath(repository, file);
    const report = (fileBytes: number) => {
      onProgress({
        kind: "download",
        file: file.name,
        fileBytes,
        fileSize: file.size,
        bytes: before + fileBytes,
        size,
      });
    };
    if ((await sizeOf(blob)) === file.size) report(file.size);
    else await downloadFile(connection, file, blob, report);
    await linkIntoSnapshot(snapshot, file.name, blob);
    before += file.size;
  }
}

/** Checks the free disk space, before a long download begins. */
async function checkSpace(
  { connection, repository }: Stage,
  files: readonly FileFacts[],
): Promise<void> {
  const blobs = join(repository, "blobs");
  try {
    await makeFolders(blobs);
  } catch (error) {
    throw writeError(error, blobs);
  }
  let needed = 0;
  for (const file of files) {
    const blob = blobPath(repository, file);
    const there = (await sizeOf(blob)) ?? (await sizeOf(incompletePath(blob))) ?? 0;
    needed += Math.max(0, file.size - there);
  }
  const { bavail, bsize } = await statfs(blobs);
  const free = bavail * bsize;
  if (needed > free)
    throw new HoneError("HUB_DISK_SPACE", { folder: blobs, model: connection.model, needed, free });
}

function blobPath(repository: string, file: FileFacts): string {
  return join(repository, "blobs", file.hash);
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}
