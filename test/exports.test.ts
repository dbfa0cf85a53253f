/** The package's entrances: what package.json promises exists, and naming the package costs nothing. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { findsHone } from "./doubles/own-code.ts";

const root = join(import.meta.dirname, "..");
const folder = join(root, "packages/hone");
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
  exports: Record<string, string | { source: string; types: string; default: string }>;
  sideEffects: readonly string[];
};
const entrances = Object.entries(manifest.exports).flatMap(([path, target]) =>
  typeof target === "string" ? [] : [{ path, ...target }],
);

/** Entrances that are named for what they do when they load, and export nothing. */
const deeds: readonly string[] = ["./register"];
const lists = entrances.filter(({ path }) => !deeds.includes(path));

/** Runs a module's text in a process of its own, where `hone-rl` means this checkout. */
async function runModule(text: string): Promise<unknown> {
  const args = [...findsHone, "--input-type=module", "--eval", text];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return JSON.parse(stdout);
}

describe("entrances", () => {
  it.each(entrances)("$path has its source, and dist/ mirrors src/", (entrance) => {
    expect(existsSync(join(folder, entrance.source))).toBe(true);
    const mirrored = entrance.source.replace("./src/", "./dist/");
    expect(entrance.default).toBe(mirrored.replace(/\.ts$/, ".js"));
    expect(entrance.types).toBe(mirrored.replace(/\.ts$/, ".d.ts"));
  });

  it("that do something when they load are named to bundlers, and no others", () => {
    const files = entrances
      .filter(({ path }) => deeds.includes(path))
      .flatMap((entrance) => [entrance.default, entrance.source]);
    expect(manifest.sideEffects).toEqual(files);
  });

  it.each(lists)("$path is a list of exports, nothing else", ({ source }) => {
    const code = readFileSync(join(folder, source), "utf8").replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");
    expect(code.replaceAll(/export (?:type )?\{[^}]*\}(?: from "[^"]+")?;/g, "").trim()).toBe("");
  });

  it("load no native code and start no thread until they are used", async () => {
    // hone-rl/testing needs a test runner around it.
    const named = entrances.map(({ path }) => path).filter((path) => path !== "./testing");
    const loaded = await runModule(`
      for (const path of ${JSON.stringify(named)}) await import("hone-rl" + path.slice(1));
      const { sharedObjects, workers } = process.report.getReport();
      const native = sharedObjects.filter((file) => /onnxruntime|\\.node$/.test(file));
      process.stdout.write(JSON.stringify({ native, threads: workers.length }));
    `);
    expect(loaded).toEqual({ native: [], threads: 0 });
  });
});
