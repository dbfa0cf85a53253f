/** A copy of the AI SDK that no package `ai` holds, as in a bundle: its tools do not run where the recording was to answer. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { startModelEndpoint } from "../doubles/model-endpoint.ts";
import { preload } from "../doubles/own-code.ts";

const root = join(import.meta.dirname, "../..");
const folder = await mkdtemp(join(tmpdir(), "hone-replayed-tools-"));
afterAll(() => rm(folder, { recursive: true, force: true }));
await symlink(join(root, "node_modules"), join(folder, "node_modules"));
const source = await readFile(join(root, "test/e2e/apps/refund-desk.ts"), "utf8");
const effects = join(folder, "effects");

/** Runs an app whose model calls the tool once. */
async function replayed(app: string) {
  const files = { replay: `${app}.replay.json`, report: `${app}.report.jsonl` };
  const calls = [{ name: "refund", arguments: { number: "A-17" }, result: { refunded: "A-17" } }];
  const rules = { match: "exact", unmatched: "error", allowed: [], calls };
  await writeFile(files.replay, JSON.stringify({ ...rules, report: files.report }));
  const endpoint = await startModelEndpoint([
    { calls: [{ name: "refund", arguments: { number: "A-17" } }] },
    { text: "Done." },
  ]);
  const { NODE_ENV: _, VITEST: __, ...inherited } = process.env;
  const environment = { OPENAI_BASE_URL: endpoint.url, OPENAI_API_KEY: "none", EFFECTS: effects };
  const child = spawn(process.execPath, ["--import", preload, app, "Refund A-17."], {
    cwd: folder,
    env: { ...inherited, ...environment, HONE_REPLAY: files.replay },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
  const [code] = (await once(child, "close")) as [number];
  await endpoint.close();
  return { code, stderr, report: await readFile(files.report, "utf8").catch(() => "") };
}

/** The app with its SDK imported from elsewhere. */
async function appOn(name: string, sdk: string, provider: string): Promise<string> {
  const app = join(folder, `${name}.mts`);
  const text = source.replace('from "ai"', `from "${sdk}"`);
  await writeFile(app, text.replace("@ai-sdk/openai", provider));
  return app;
}

const versions = [
  ["6", "ai-6", "index.mjs", "ai-openai-3"],
  ["7", "ai", "index.js", "@ai-sdk/openai"],
] as const;

it.each(versions)(
  "ends the program before a tool of version %s runs",
  async (version, name, file, provider) => {
    const [home, copy] = [join(root, "node_modules", name), `sdk-${version}`];
    await cp(join(home, "dist"), join(folder, copy), { recursive: true });
    await symlink(join(home, "node_modules"), join(folder, copy, "node_modules"));
    const app = await appOn(`bundled-${version}`, `./${copy}/${file}`, provider);
    const { code, stderr, report } = await replayed(app);
    expect(stderr).toMatch(/is it bundled/);
    expect(code).toBe(78);
    expect(report).toBe("");
    await expect(readFile(effects)).rejects.toThrow("ENOENT");
  },
  60_000,
);
