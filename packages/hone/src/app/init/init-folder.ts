/** `hone init`: a folder of a user's own project, from the templates of this package. */
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { HoneError } from "../../core/errors.ts";
import { fieldsOf } from "../../core/json.ts";
import { makeFolders } from "../../formats/make-folders.ts";
import { writeFileWhole } from "../../formats/whole-write.ts";
import { type HoneDependencies, honeDependencies } from "./hone-dependencies.ts";
import type { TemplateName } from "./templates.ts";

/** A folder that was begun. */
export interface InitializedFolder {
  readonly folder: string;
  /** The names of its files. */
  readonly files: readonly string[];
  /** The checkout in which `npm run pack` must run before `npm install` in the folder can. */
  readonly unpacked?: string;
}

// The same distance from src/ and from dist/.
const templatesFolder = new URL("../../../templates/", import.meta.url);
const packageFolder = dirname(fileURLToPath(new URL("../../../package.json", import.meta.url)));

/** Names under which npm packs files that it would not take, or would read itself, under their own. */
const packedNames: Readonly<Record<string, string>> = { gitignore: ".gitignore" };

/**
 * Writes a template into a folder that is new or empty; the name of its package is that of the folder, and hone-rl is installed from
 * where this hone came.
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
  const { dependencies, unpacked } = await honeDependencies(packageFolder);
  const values = { name: packageName(basename(path)) };
  await makeFolders(path);
  const files: string[] = [];
  for (const name of (await readdir(from)).toSorted()) {
    const file = packedNames[name] ?? name;
    const text = filled(await readFile(new URL(name, from), "utf8"), values);
    const isManifest = file === "package.json";
    await writeFileWhole(
      join(path, file),
      isManifest ? withDependencies(text, dependencies) : text,
    );
    files.push(file);
  }
  return { folder, files, ...(unpacked !== undefined && { unpacked }) };
}

/** The template's package.json with other dependencies, laid out as npm does. */
const withDependencies = (
  manifest: string,
  dependencies: HoneDependencies["dependencies"],
): string =>
  `${JSON.stringify({ ...fieldsOf(JSON.parse(manifest)), dependencies }, undefined, 2)}\n`;

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
