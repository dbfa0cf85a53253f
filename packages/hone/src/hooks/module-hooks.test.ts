import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type KnownModule, watchModules } from "./module-hooks.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hone-modules-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let end = (): void => undefined;
afterEach(() => {
  end();
  vi.restoreAllMocks();
});

/** Writes a package and gives what requires its modules. */
function install(name: string, version: string, files: Readonly<Record<string, string>>) {
  const home = mkdtempSync(join(folder, "app-"));
  const all = { "package.json": JSON.stringify({ name, version }), ...files };
  for (const [path, text] of Object.entries(all)) {
    const file = join(home, "node_modules", name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const require = createRequire(join(home, "app.js"));
  return (path: string): unknown => require(join(home, "node_modules", name, path));
}

function watch(name: string, more: Partial<KnownModule> = {}) {
  const found: unknown[] = [];
  const taken: string[] = [];
  end = watchModules([
    {
      package: name,
      path: "dist/main",
      names: ["Thing"],
      found: ({ Thing }, version) => {
        found.push((Thing as { kind: string }).kind, version);
        return () => taken.push(version);
      },
      ...more,
    },
  ]);
  return { found, taken };
}

const esm = "class Thing { static kind = 'esm'; }\nexport { Thing as T };\n//# sourceMappingURL=x";
const cjs = "class Thing {}\nThing.kind = 'cjs';\nexports.T = Thing;";

const warnings = () => vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);

describe("watched modules", () => {
  it("hand over their variables, in the ESM and the CJS build and in every copy", () => {
    const first = install("@fake/sdk", "1.0.0", { "dist/main.mjs": esm, "dist/main.js": cjs });
    // A package.json without a name only says which module system a folder is written in.
    const second = install("@fake/sdk", "2.0.0", {
      "dist/main.js": esm,
      "dist/package.json": '{"type":"module"}',
    });
    const { found, taken } = watch("@fake/sdk");
    expect(first("dist/main.mjs")).toHaveProperty("T");
    expect(first("dist/main.js")).toHaveProperty("T");
    expect(second("dist/main.js")).toHaveProperty("T");
    expect(found).toEqual(["esm", "1.0.0", "cjs", "1.0.0", "esm", "2.0.0"]);
    end();
    expect(taken).toEqual(["2.0.0", "1.0.0", "1.0.0"]);
  });

  it("are told by their package, not by their path alone", () => {
    const other = install("other", "1.0.0", { "dist/main.js": cjs });
    const { found } = watch("@fake/sdk");
    other("dist/main.js");
    expect(found).toEqual([]);
  });

  it("are watched once, however many watch", () => {
    const load = install("@fake/sdk", "1.0.0", { "dist/main.js": cjs });
    const { found } = watch("@fake/sdk");
    const second = vi.fn<KnownModule["found"]>(() => () => undefined);
    const endSecond = watchModules([
      { package: "@fake/sdk", path: "dist/main", names: ["Thing"], found: second },
    ]);
    load("dist/main.js");
    endSecond();
    expect(found).toEqual(["cjs", "1.0.0"]);
    expect(second).not.toHaveBeenCalled();
  });

  it("that a version of the package does not have are told once, and the app goes on", () => {
    const warned = warnings();
    const load = install("@fake/moved", "3.1.4", { "main.js": cjs, "more.js": cjs });
    watch("@fake/moved");
    expect(load("main.js")).toHaveProperty("T");
    expect(load("more.js")).toHaveProperty("T");
    expect(warned.mock.calls.map(([text]) => text)).toEqual([
      "hone does not know @fake/moved 3.1.4 (it has no dist/main): some of its calls are not recorded",
    ]);
  });

  it("that changed their shape are told once, and the app goes on", () => {
    const warned = warnings();
    const load = install("@fake/changed", "4.0.0", { "dist/main.js": "exports.other = 1;" });
    watch("@fake/changed");
    expect(load("dist/main.js")).toEqual({ other: 1 });
    expect(warned.mock.calls.map(([text]) => text)).toEqual([
      "hone does not know @fake/changed 4.0.0 (dist/main has no Thing): some of its calls are not recorded",
    ]);
  });

  it("whose listener fails are told like those that changed", () => {
    const warned = warnings();
    const load = install("@fake/strange", "5.0.0", { "dist/main.js": cjs });
    watch("@fake/strange", {
      found: () => {
        throw new Error("it has no method run");
      },
    });
    expect(load("dist/main.js")).toHaveProperty("T");
    expect(warned).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining("@fake/strange 5.0.0 (dist/main: it has no method run)"),
      { type: "HoneWarning" },
    );
  });
});
