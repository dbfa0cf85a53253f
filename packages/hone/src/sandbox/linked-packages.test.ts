/** Sandboxes where a package manager links packages, as pnpm does, instead of copying them into node_modules. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeEach, expect, it, vi } from "vitest";
import type { javascriptSandbox } from "./javascript-sandbox.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "hone-linked-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const packages = [
  "quickjs-emscripten-core",
  "@jitl/quickjs-wasmfile-release-sync",
  "@jitl/quickjs-ffi-types",
];
const store = join(folder, "node_modules/.pnpm");
/** Apart from node_modules, since Node strips no types there. */
const hone = join(folder, "hone");

/** The place of a package in pnpm's store. */
const placeOf = (name: string): string => join(store, name.replace("/", "+"), "node_modules", name);

function link(from: string, to: string): void {
  mkdirSync(dirname(from), { recursive: true });
  symlinkSync(to, from);
}

// The copy has sources only, also where the tests run the built package.
beforeEach(() => void vi.stubEnv("HONE_CODE", ""));
afterEach(() => void vi.unstubAllEnvs());

it("JavaScript runs in a store of pnpm, whose packages see each other by links only", async () => {
  const installed = createRequire(import.meta.url).resolve.paths("quickjs-emscripten-core")!;
  const found = (name: string) => {
    for (const path of installed)
      try {
        return realpathSync(join(path, name));
      } catch {}
    throw new Error(`${name} is not installed`);
  };
  for (const name of packages) {
    cpSync(found(name), placeOf(name), { recursive: true });
    link(join(hone, "node_modules", name), placeOf(name));
  }
  const [core, , types] = packages.map(placeOf);
  link(join(dirname(core!), "@jitl/quickjs-ffi-types"), types!);
  for (const room of ["core", "ports", "sandbox"])
    cpSync(join(import.meta.dirname, "..", room), join(hone, "src", room), { recursive: true });
  const path = pathToFileURL(join(hone, "src/sandbox/javascript-sandbox.ts")).href;
  const linked = (await import(path)) as { javascriptSandbox: typeof javascriptSandbox };
  const sandbox = linked.javascriptSandbox({ size: 1 });
  try {
    const result = await sandbox.run({ code: "console.log(1 + 1)" });
    expect(result).toMatchObject({ exitCode: 0, stdout: "2\n" });
  } finally {
    await sandbox.close();
  }
}, 60_000);
