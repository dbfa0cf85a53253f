/** A user's own TypeScript or JavaScript file, such as a reward: loaded, and asked for its default export. */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { HoneError, messageOf } from "../core/errors.ts";
import { fileReason } from "../core/file-reason.ts";
import { userPlace } from "../rollouts/user-place.ts";

/** Whether a name ends as the files of programs do. */
export const isProgramName = (name: string): boolean => /\.[cm]?[jt]s$/.test(name);

/** What a user's file exports. Node takes the types out of TypeScript itself. @throws what the file throws */
const importFile = async (file: string): Promise<Readonly<Record<string, unknown>>> =>
  (await import(pathToFileURL(resolve(file)).href)) as Readonly<Record<string, unknown>>;

/** SHA-256 of a user's file, since a resume needs the same one. What it imports is not looked at. */
export const fileDigest = async (file: string): Promise<string> =>
  createHash("sha256")
    .update(await readFile(file))
    .digest("hex");

/** What a file is to export. */
export interface WantedExport {
  /** What it is called in errors: "reward". */
  readonly what: string;
  /** How the file ends where it is right: "export default ({ answer, task }) => …". */
  readonly example: string;
}

/**
 * The default export of a file.
 * @throws USER_FILE_INVALID for a file that is missing, throws while it is loaded, or has no default export
 */
export async function defaultExportOf(file: string, wanted: WantedExport): Promise<unknown> {
  const fail = (problem: string, cause?: unknown): HoneError =>
    new HoneError("USER_FILE_INVALID", { file, problem, ...wanted }, { cause });
  const found = await stat(file).catch((cause: unknown) => {
    throw fail(`it cannot be read (${fileReason(cause)})`, cause);
  });
  if (found.isDirectory()) {
    const names = await readdir(file).catch(() => []);
    const inside = names.filter(isProgramName).slice(0, 3);
    const shown = inside.map((name) => join(file, name)).join(", ");
    const there = shown === "" ? "in which there is none" : `such as ${shown}`;
    throw fail(`it is a folder; give a file, ${there}`);
  }
  let loaded: Readonly<Record<string, unknown>>;
  try {
    loaded = await importFile(file);
  } catch (cause) {
    const place = userPlace(cause);
    const at = place === undefined ? "" : ` (at ${place})`;
    throw fail(`loading it throws: ${messageOf(cause)}${at}`, cause);
  }
  if (loaded["default"] !== undefined) return loaded["default"];
  const names = Object.keys(loaded);
  const others = names.length === 0 ? "nothing" : `only ${names.join(", ")}`;
  throw fail(`it has no default export; it exports ${others}`);
}
