/** The tables of settings, as the command line loads them. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("are read without loading what runs: neither the pipeline nor algorithms, runs or the engine's worker", async () => {
  const settings = pathToFileURL(join(import.meta.dirname, "training/setting-kinds.ts")).href;
  const text = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import(${JSON.stringify(settings)});
    process.stdout.write(JSON.stringify(loaded));
  `;
  const args = ["--input-type=module", "--eval", text];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const loaded = JSON.parse(stdout) as string[];
  expect(loaded).toContain(settings);
  const runs = /app\/pipeline|src\/(algorithms|runs)\/|engine\/(engine|worker|clients)/;
  expect(loaded.filter((url) => runs.test(url))).toEqual([]);
});
