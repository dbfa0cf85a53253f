/** The engine's thread starts whatever flags the app was started with, and runs nothing that was loaded for the app. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";

const root = mkdtempSync(join(tmpdir(), "hone-flags-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const engineFile = join(import.meta.dirname, "../engine.ts");
const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const program = join(root, "open.ts");
writeFileSync(
  program,
  `import { openEngine } from ${JSON.stringify(pathToFileURL(engineFile).href)};
  const engine = await openEngine(${JSON.stringify(model)}, { threads: 1 });
  await engine.close();
  console.log("opened");`,
);
const preload = join(root, "preload.mjs");
writeFileSync(
  preload,
  `import { isMainThread } from "node:worker_threads";
  if (!isMainThread) throw new Error("loaded into a thread");
  process.chdir(".");`,
);
const run = promisify(execFile);

const asUrl = pathToFileURL(preload).href;
const flags = [
  ..."--max-old-space-size=4096 --max-semi-space-size=64 --expose-gc --stack-size=2000".split(" "),
  ..."--title=x --use-openssl-ca --disable-proto=delete --v8-pool-size=2".split(" "),
  ..."--preserve-symlinks --conditions=development --trace-warnings".split(" "),
  "--import",
  asUrl,
];

it.each([
  { name: "of the command line", flags, options: "" },
  { name: "of NODE_OPTIONS", flags: [], options: `--max-old-space-size=4096 --import=${asUrl}` },
])("starts with flags $name", async ({ flags: given, options }) => {
  const env = { ...process.env, NODE_OPTIONS: options };
  const { stdout } = await run(process.execPath, [...given, program], { env });
  expect(stdout).toBe("opened\n");
});
