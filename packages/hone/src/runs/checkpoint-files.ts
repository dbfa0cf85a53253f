/** The files of a checkpoint: their sizes and hashes are written down when it is saved, and compared when it is loaded. */
import { createHash } from "node:crypto";
import { open, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { HoneError, isHoneError, messageOf } from "../core/errors.ts";
import { checkpointFormat, pointerFormat } from "../formats/checkpoint-format.ts";
import type { CheckpointManifest, CheckpointPointer } from "../formats/checkpoint-format.ts";
import { readFormat } from "../formats/format.ts";
import { syncFolder } from "../formats/whole-write.ts";
import { systemCode } from "../formats/write-error.ts";
import { readText } from "./run-files.ts";

const chunkBytes = 1 << 20;

/** Sizes and hashes of the files below a folder, sorted by path. Flushes every file to the disk. */
export async function listFiles(folder: string): Promise<CheckpointManifest["files"]> {
  const files: CheckpointManifest["files"] = [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) continue;
    if (!entry.isFile()) {
      throw new HoneError("WRITE_FAILED", { path, reason: "a checkpoint holds plain files only" });
    }
    files.push({
      path: relative(folder, path).split(sep).join("/"),
      ...(await fileDigest(path, { flush: true })),
    });
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Flushes the directory entries of a folder and of the folders below it to the disk. */
export async function syncFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncFolders(join(folder, entry.name));
  }
  await syncFolder(folder);
}

/** The manifest of a checkpoint folder. @throws CHECKPOINT_DAMAGED, FORMAT_UNKNOWN_VERSION */
export async function readManifest(folder: string): Promise<CheckpointManifest> {
  const path = join(folder, "manifest.json");
  try {
    const text = await readText(path);
    if (text !== undefined) return readFormat(checkpointFormat, text, path);
  } catch (error) {
    if (isHoneError(error) && error.code === "FORMAT_UNKNOWN_VERSION") throw error;
    throw new HoneError(
      "CHECKPOINT_DAMAGED",
      { checkpoint: folder, problem: messageOf(error).split("\n")[0]! },
      { cause: error },
    );
  }
  throw new HoneError("CHECKPOINT_DAMAGED", {
    checkpoint: folder,
    problem: "manifest.json is missing",
  });
}

/** The pointer to a checkpoint, latest.json or best.json; undefined when it was never written. @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export async function readPointer(
  folder: string,
  which: "latest" | "best",
): Promise<CheckpointPointer | undefined> {
  const path = join(folder, `${which}.json`);
  const text = await readText(path);
  return text === undefined ? undefined : readFormat(pointerFormat, text, path);
}

/** Compares every file with the manifest. @throws CHECKPOINT_DAMAGED naming the first file that differs */
export async function verifyFiles(folder: string, manifest: CheckpointManifest): Promise<void> {
  for (const file of manifest.files) {
    const damaged = (problem: string, cause?: unknown): HoneError =>
      new HoneError("CHECKPOINT_DAMAGED", { checkpoint: folder, problem }, { cause });
    const found = await fileDigest(join(folder, file.path)).catch((error: unknown) => {
      const isMissing = systemCode(error) === "ENOENT";
      throw damaged(
        isMissing ? `${file.path} is missing` : `${file.path}: ${messageOf(error)}`,
        error,
      );
    });
    if (found.bytes !== file.bytes) {
      throw damaged(`${file.path} has ${found.bytes} bytes where ${file.bytes} were saved`);
    }
    if (found.sha256 !== file.sha256) throw damaged(`the bytes of ${file.path} have changed`);
  }
}

/**
 * Size and hash of a file. Reads it in pieces, since it may be larger than a buffer can be.
 * @param flush  whether the file is flushed to the disk, too. Default false
 */
async function fileDigest(
  path: string,
  { flush = false }: { readonly flush?: boolean } = {},
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(chunkBytes);
  const file = await open(path, flush ? "r+" : "r");
  try {
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, bytes);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
    if (flush) await file.sync();
    return { bytes, sha256: hash.digest("hex") };
  } finally {
    await file.close();
  }
}

/** 32 hex digits of a SHA-256 over a folder's files: their names in order, their sizes and the SHA-256 of each. @throws the system's error */
export async function folderHash(folder: string): Promise<string> {
  const hash = createHash("sha256");
  const files = (await readdir(folder, { withFileTypes: true })).filter((one) => one.isFile());
  for (const file of files.map(({ name }) => name).toSorted()) {
    const { bytes, sha256 } = await fileDigest(join(folder, file));
    hash.update(`${file} ${bytes} ${sha256}\n`);
  }
  return hash.digest("hex").slice(0, 32);
}
