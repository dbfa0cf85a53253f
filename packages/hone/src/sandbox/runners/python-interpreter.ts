/** Loads Pyodide: CPython compiled to WebAssembly. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { loadPyodide, type Lockfile, type PyodideAPI } from "pyodide";
import { pythonSettings } from "./python-settings.ts";
import "./web-assembly.ts";

const folder = `${dirname(createRequire(import.meta.url).resolve("pyodide"))}/`;

const lockFile = JSON.parse(readFileSync(`${folder}pyodide-lock.json`, "utf8")) as Lockfile;

const bytesPerPage = 65_536;

/** The memory that interpreters may take, and whether one was refused more. */
export const memory = { limitBytes: Infinity, wasRefused: false };

/** Refuses more memory than the limit; Python then raises MemoryError. */
export function limitMemory(): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its memory below
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (pages: number): number {
    if (this.buffer.byteLength + pages * bytesPerPage > memory.limitBytes) {
      memory.wasRefused = true;
      throw new RangeError("out of memory");
    }
    return grow.call(this, pages);
  };
}

/**
 * Makes all interpreters of this process share one compilation of Pyodide's WebAssembly. Pyodide compiles its file anew for every
 * interpreter, which takes about two fifths of the processor time of a run.
 */
export function compileOnce(): void {
  const { instantiate } = WebAssembly;
  let compiled: { readonly size: number; readonly module: Promise<WebAssembly.Module> } | undefined;
  WebAssembly.instantiate = async (source, imports) => {
    if (!(source instanceof Uint8Array)) return instantiate(source, imports);
    // Pyodide gives only its one file as bytes. The length guards against another one in a later version.
    if (compiled?.size !== source.byteLength)
      compiled = { size: source.byteLength, module: WebAssembly.compile(source) };
    const module = await compiled.module;
    return { module, instance: await instantiate(module, imports) };
  };
}

/**
 * Loads an interpreter, which sees nothing of JavaScript's globals.
 * @param snapshot  the state that it begins with. Default a state to take a snapshot of
 */
export function loadPython(snapshot?: Uint8Array): Promise<PyodideAPI> {
  return loadPyodide({
    indexURL: folder,
    jsglobals: Object.assign(Object.create(null) as object, pythonSettings.jsglobals),
    env: pythonSettings.env,
    lockFileContents: { ...lockFile, packages: pythonSettings.packages },
    stdout: () => {},
    stderr: () => {},
    ...(snapshot === undefined ? { _makeSnapshot: true } : { _loadSnapshot: snapshot }),
  });
}
