/**
 * Reaches variables of modules that an app loads, wherever its packages lie: as a module of a known package is loaded, one
 * statement is added at its end that hands its variables over. Works for ES modules and CommonJS, and for every copy of the
 * package.
 *
 * When a version of the package lacks the module or the variables, one warning on stderr says so, and the app runs as it would
 * without hone.
 */
import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { warnOnce } from "../recording/warn-once.ts";

/** A module whose variables are wanted. */
export interface KnownModule {
  /** The package's name, for example "@langchain/core". */
  readonly package: string;
  /** The module's path in the package, without its extension: "dist/callbacks/manager". */
  readonly path: string;
  /** Names of the variables, which are the same in the ESM and the CommonJS build. */
  readonly names: readonly string[];
  /**
   * Called with the variables each time a copy of the module was loaded; returns a function that undoes what it did.
   *
   * @param assign  gives a variable another value, for the module itself and for its importers
   */
  found(values: Readonly<Record<string, unknown>>, version: string, assign: Assign): () => void;
  /** Called with what is missing, in place of the warning, when a version lacks the module or the variables. Default: warn. */
  readonly changed?: (problem: string) => void;
}

type Assign = (name: string, value: unknown) => void;

type Handover = (
  values: Readonly<Record<string, unknown>>,
  version: string,
  setters: Readonly<Record<string, (value: unknown) => void>>,
) => void;

/** The registry is shared by all copies of hone in the process, so that a module hands its variables over once. */
const registryName = "hone.modules.1";

const extensions = [".mjs", ".js", ".cjs"];

/**
 * Watches for modules that are loaded from now on; a module that another copy of hone watches is left to that copy.
 *
 * @returns a function that ends it and undoes what `found` did
 */
export function watchModules(modules: readonly KnownModule[]): () => void {
  const place = globalThis as { [key: symbol]: Record<string, Handover> | undefined };
  const registry = (place[Symbol.for(registryName)] ??= {});
  const own = modules.filter((one) => registry[keyOf(one)] === undefined);
  const undo: (() => void)[] = [];
  for (const known of own) {
    registry[keyOf(known)] = (values, version, setters) => {
      const assign: Assign = (name, value) => setters[name]?.(value);
      undo.push(handOver(known, values, version, assign));
    };
  }
  const warned = new Set<string>();
  const hooks = registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      try {
        return watched(url, loaded, own, warned);
      } catch (error) {
        warnOfUnread(url, own, error);
        return loaded;
      }
    },
  });
  return () => {
    hooks.deregister();
    for (const known of own) delete registry[keyOf(known)];
    for (const one of undo.splice(0).toReversed()) one();
  };
}

const keyOf = (known: KnownModule): string => `${known.package}/${known.path}`;

function handOver(
  known: KnownModule,
  values: Readonly<Record<string, unknown>>,
  version: string,
  assign: Assign,
): () => void {
  try {
    const missing = known.names.filter((name) => values[name] === undefined);
    if (missing.length === 0) return known.found(values, version, assign);
    warnChanged(known, version, `${known.path} has no ${missing.join(", ")}`);
  } catch (error) {
    warnChanged(known, version, `${known.path}: ${messageOf(error)}`);
  }
  return () => undefined;
}

/** A module of which hone cannot tell whether it is a known one counts as changed where that was asked for. */
function warnOfUnread(url: string, modules: readonly KnownModule[], error: unknown): void {
  for (const known of modules) {
    const mayBeKnown = isAt(url, known.path) || url.includes(`/node_modules/${known.package}/`);
    if (mayBeKnown) known.changed?.(`${known.package} (${url}: ${messageOf(error)})`);
  }
  warnOnce(error);
}

interface Loaded {
  readonly format: string | null | undefined;
  readonly shortCircuit?: boolean | undefined;
  readonly source?: string | ArrayBuffer | NodeJS.TypedArray | undefined;
}

/** The loaded module, with the statement at its end that hands its variables over where it is a known one. */
function watched<L extends Loaded>(
  url: string,
  loaded: L,
  modules: readonly KnownModule[],
  warned: Set<string>,
): L {
  if (!url.startsWith("file:")) return loaded;
  warnOfMissing(url, modules, warned);
  const known = modules.find((one) => isAt(url, one.path));
  if (known === undefined) return loaded;
  const path = fileURLToPath(url);
  const home = packageOf(path);
  if (home?.name !== known.package || !isAt(path.slice(home.folder.length), known.path)) {
    return loaded;
  }
  const source = textOf(loaded.source) ?? readFileSync(path, "utf8");
  return { ...loaded, source: `${source}\n${statement(known, home.version)}` };
}

function textOf(source: Loaded["source"]): string | undefined {
  if (typeof source === "string" || source === undefined || source === null) return source;
  return new TextDecoder().decode(source);
}

/** The statement that is added; on a line of its own at the end, so that no line of the module changes its number. */
function statement(known: KnownModule, version: string): string {
  const values = known.names
    .map((name) => `${name}: typeof ${name} === "undefined" ? undefined : ${name}`)
    .join(", ");
  const registry = `globalThis[Symbol.for(${JSON.stringify(registryName)})]`;
  const setters = known.names.map((name) => `${name}: (value) => { ${name} = value; }`).join(", ");
  const given = `{ ${values} }, ${JSON.stringify(version)}, { ${setters} }`;
  return `;${registry}?.[${JSON.stringify(keyOf(known))}]?.(${given});`;
}

const isAt = (place: string, path: string): boolean => {
  const plain = place.replaceAll("\\", "/").replace(/[?#].*$/, "");
  return extensions.some((extension) => plain.endsWith(`/${path}${extension}`));
};

interface PackageHome {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

/** The package of a file. A package.json without a name is passed over: it only sets the module system of a folder. */
function packageOf(path: string): PackageHome | undefined {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (!existsSync(file)) continue;
    const found: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (!isObject(found) || typeof found["name"] !== "string") continue;
    const version = typeof found["version"] === "string" ? found["version"] : "of no version";
    return { folder, name: found["name"], version };
  }
  return undefined;
}

/** Warns when a copy of a known package lacks a known module; looked at once, as its first module is loaded. */
function warnOfMissing(url: string, modules: readonly KnownModule[], warned: Set<string>): void {
  for (const known of modules) {
    const end = url.lastIndexOf(`/node_modules/${known.package}/`);
    if (end === -1) continue;
    const folder = url.slice(0, end) + `/node_modules/${known.package}`;
    const key = `${folder} ${known.path}`;
    if (warned.has(key)) continue;
    warned.add(key);
    const root = fileURLToPath(folder);
    if (extensions.some((one) => existsSync(join(root, known.path + one)))) continue;
    const version = packageOf(join(root, "package.json"))?.version ?? "of no version";
    warnChanged(known, version, `it has no ${known.path}`);
  }
}

/** Packages and versions that a warning was printed for. */
const changed = new Set<string>();

/** Warns once for each package and version, even where several of its modules changed. */
function warnChanged(known: KnownModule, version: string, what: string): void {
  const name = `${known.package} ${version}`;
  if (known.changed !== undefined) return known.changed(`${name} (${what})`);
  if (changed.has(name)) return;
  changed.add(name);
  process.emitWarning(`hone does not know ${name} (${what}): some of its calls are not recorded`, {
    type: "HoneWarning",
  });
}
