/**
 * How the package.json of a new folder names hone-rl, so that `npm install` finds it: by its version where it came from a registry; by
 * tarballs where it was installed from them, or runs from a checkout, which `npm run pack` makes them of.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fieldsOf, isObject } from "../../core/json.ts";

/** What a new folder depends on. */
export interface HoneDependencies {
  /** Of its package.json, by names: a version, or `file:` and the path of a tarball. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** The checkout in which `npm run pack` must run first, since it has no tarballs; undefined where they are there, or none are needed. */
  readonly unpacked?: string;
}

/** @param packageFolder  where the running hone-rl lies */
export async function honeDependencies(packageFolder: string): Promise<HoneDependencies> {
  const manifest = await manifestOf(packageFolder);
  const checkout = resolve(packageFolder, "../..");
  if (existsSync(join(checkout, "scripts/pack.js"))) return fromCheckout(checkout, manifest);
  const isInstalled = basename(dirname(packageFolder)) === "node_modules";
  const given = isInstalled ? await tarballsOf(checkout) : {};
  if (Object.hasOwn(given, "hone-rl")) return { dependencies: given };
  return { dependencies: { "hone-rl": String(manifest["version"]) } };
}

type Manifest = Readonly<Record<string, unknown>>;

const manifestOf = async (folder: string): Promise<Manifest> =>
  fieldsOf(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));

/** The package and the library of this platform, which is not on a registry before it either. */
function fromCheckout(checkout: string, manifest: Manifest): HoneDependencies {
  const library = `hone-rl-onnxruntime-${process.platform}-${process.arch}`;
  const versions = {
    "hone-rl": manifest["version"],
    [library]: fieldsOf(manifest["optionalDependencies"])[library],
  };
  const files = Object.entries(versions).flatMap(([name, version]) =>
    typeof version !== "string"
      ? []
      : [[name, join(checkout, `tarballs/${name}-${version}.tgz`)] as const],
  );
  return {
    dependencies: Object.fromEntries(files.map(([name, file]) => [name, `file:${file}`])),
    ...(files.some(([, file]) => !existsSync(file)) && { unpacked: checkout }),
  };
}

/** The packages of hone that a project installed from files, by absolute paths. */
async function tarballsOf(project: string): Promise<HoneDependencies["dependencies"]> {
  if (!existsSync(join(project, "package.json"))) return {};
  const { dependencies, devDependencies } = await manifestOf(project);
  const all = [devDependencies, dependencies].filter(isObject).flatMap(Object.entries);
  return Object.fromEntries(
    all.flatMap(([name, spec]) =>
      name.startsWith("hone-rl") && String(spec).startsWith("file:")
        ? [[name, `file:${resolve(project, String(spec).slice("file:".length))}`]]
        : [],
    ),
  );
}
