/** `hone init`: a folder of a user's own project, from the templates of this package. */
import { readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { makeFolders } from "../../formats/make-folders.ts";
import { writeFileWhole } from "../../formats/whole-write.ts";
import type { TemplateName } from "./templates.ts";

/** A folder that was begun. */
export interface InitializedFolder {
  readonly folder: string;
  /** The names of its files. */
  readonly files: readonly string[];
}

// The same distance from src/ and from dist/.
const templatesFolder = new URL("../../../templates/", import.meta.url);
const manifestFile = new URL("../../../package.json", import.meta.url);

/** Names under which npm packs files that it would not take, or would read itself, under their own. */
const packedNames: Readonly<Record<string, string>> = { gitignore: ".gitignore" };

/**
 * Writes a template into a folder that is new or empty; the name of its package is that of the folder.
 * @throws INIT_FOLDER_NOT_EMPTY; WRITE_FAILED, DISK_FULL
 * @example await initFolder("domain", "my-domain");
 */
export async function initFolder(
  template: TemplateName,
  folder: string,
): Promise<InitializedFolder> {
  const path = resolve(folder);
  const [first] = await readdir(path).catch(() => []);
  if (first !== undefined)
    throw new HoneError("INIT_FOLDER_NOT_EMPTY", { template, folder, holds: first });
  const from = new URL(`${template}/`, templatesFolder);
  const manifest = await readFile(manifestFile, "utf8");
  const { version } = JSON.parse(manifest) as { readonly version: string };
  const values = { name: packageName(basename(path)), version };
  await makeFolders(path);
  const files: string[] = [];
  for (const name of (await readdir(from)).toSorted()) {
    const file = packedNames[name] ?? name;
    await writeFileWhole(
      join(path, file),
      filled(await readFile(new URL(name, from), "utf8"), values),
    );
    files.push(file);
  }
  return { folder, files };
}

const filled = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\{\{(\w+)\}\}/g, (mark, name: string) => values[name] ?? mark);

/** A name that npm takes, as near to the folder's as can be. */
function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "");
  return name === "" ? "my-hone" : name;
}
