/**
 * The package as a user gets it: packed, laid out in an empty folder elsewhere, and run from its `dist/`.
 *
 * Its dependencies are links to this checkout's, since no test downloads anything; everything else is what
 * `npm install hone-rl` would leave there.
 */
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startModelEndpoint } from "../doubles/model-endpoint.ts";

const root = join(import.meta.dirname, "../..");
const source = join(root, "packages/hone");
const elsewhere = mkdtempSync(join(tmpdir(), "hone-pack-"));
const installed = join(elsewhere, "node_modules/hone-rl");

interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

/** The last line of `hone run math --json`, as far as it is looked at here. */
interface RunResult {
  readonly before: Measured;
  readonly after: Measured;
  readonly checkpoint: string;
  readonly report: string;
  readonly folder: string;
}

interface Measured {
  readonly taskCount: number;
  readonly success: { readonly value: number; readonly low: number; readonly high: number };
}

let manifest: Manifest;
let tarball: string;

/** A command in the empty folder, found on the path, on the Node that runs this test. */
async function run(command: string, args: readonly string[], cwd = elsewhere): Promise<string> {
  const path = `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`;
  const env = { ...process.env, PATH: path, npm_config_offline: "true", NO_COLOR: "1" };
  const { stdout } = await promisify(execFile)(command, args, { cwd, env });
  return stdout;
}

/** A command that the package brings, as npx would find it here; npx itself takes longer than most of them. */
const own = (name: string, ...args: readonly string[]): Promise<string> =>
  run(join(elsewhere, "node_modules/.bin", name), args);

beforeAll(async () => {
  // `prepack` builds dist/ first.
  await run("npm", ["pack", "--pack-destination", elsewhere], source);
  tarball = join(
    elsewhere,
    readdirSync(elsewhere).find((name) => name.endsWith(".tgz"))!,
  );
  mkdirSync(join(elsewhere, "node_modules/.bin"), { recursive: true });
  await run("tar", ["-xzf", tarball]);
  await run("mv", ["package", installed]);
  manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Manifest;
  // Of the optional ones npm installs the platform's own.
  const platform = `${process.platform}-${process.arch}`;
  const optional = Object.keys(manifest.optionalDependencies).filter((name) =>
    name.endsWith(platform),
  );
  for (const name of [...Object.keys(manifest.dependencies), ...optional]) {
    const link = join(elsewhere, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(placeOf(name), link);
  }
  for (const [name, file] of Object.entries(manifest.bin))
    symlinkSync(join(installed, file), join(elsewhere, "node_modules/.bin", name));
});

/** Where a dependency lies in this checkout: ONNX Runtime's packages are workspaces. */
const placeOf = (name: string): string =>
  name.startsWith("hone-rl-")
    ? join(root, "packages", name.slice("hone-rl-".length))
    : join(root, "node_modules", name);

afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

describe("the packed package", () => {
  it("holds no sources, tests or fixtures, and has its licence and README", () => {
    const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
    // What `hone init` copies are sources and tests of the user's.
    const others = files.filter((file) => !file.startsWith("templates"));
    expect(others.filter((file) => /\.test\.|-fixture\.|(?<!\.d)\.ts$/.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
  });

  it("is what package managers and bundlers expect", async () => {
    const bytes = readFileSync(tarball);
    const { messages } = await publint({
      pack: {
        tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
      },
      strict: true,
    });
    expect(messages).toEqual([]);
  });

  it("has types that compile without skipLibCheck, those of every entrance", async () => {
    const entrances = Object.keys(manifest.exports).filter((path) => path !== "./package.json");
    expect(entrances).toContain("./rewards");
    // Of what the user of them installs besides.
    for (const name of ["@types/node", "vitest"]) {
      const link = join(elsewhere, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(root, "node_modules", name), link);
    }
    const imports = entrances.map((path, i) => `import * as e${i} from "hone-rl${path.slice(1)}";`);
    const used = entrances.map((_, i) => `e${i}`).join(", ");
    writeFileSync(
      join(elsewhere, "all.ts"),
      `${imports.join("\n")}\nexport const all = [${used}];\n`,
    );
    const compilerOptions = {
      ...{ strict: true, module: "nodenext", target: "es2023", types: ["node"] },
      ...{ skipLibCheck: false, noEmit: true },
    };
    const config = JSON.stringify({ compilerOptions, files: ["all.ts"] });
    writeFileSync(join(elsewhere, "tsconfig.json"), config);
    const tsc = join(root, "node_modules/.bin/tsc");
    const said = await run(tsc, ["-p", "tsconfig.json", "--checkers", "1"]).catch(
      (error: { readonly stdout: string }) => error.stdout,
    );
    expect(said).toBe("");
  });

  it("brings the command hone, and one of its own name, so that `npx hone-rl` is no stranger's", async () => {
    expect(await run("npx", ["--no-install", "hone-rl", "--version"])).toContain(manifest.version);
    expect(await own("hone", "--version")).toContain(manifest.version);
    expect(await own("hone", "run", "math", "--help")).toContain("math");
  });

  it("trains a model in the user's folder", async () => {
    const small = [
      ...["--train-tasks", "60", "--test-tasks", "6", "--layers", "1", "--width", "48"],
      ...["--sft-steps", "4", "--sft-batch-size", "8", "--sft-learning-rate", "5e-3"],
      ...["--grpo-steps", "1", "--groups-per-step", "2", "--max-actions", "4", "--threads", "1"],
    ];
    const stdout = await own("hone", "run", "math", ...small, "--json");
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const phases = lines.flatMap(({ event, name }) => (event === "phase" ? [name] : []));
    expect(phases).toEqual(["sft", "grpo"]);
    const result = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as RunResult;
    for (const { success, taskCount } of [result.before, result.after]) {
      expect(taskCount).toBe(6);
      expect(success.low).toBeLessThanOrEqual(success.value);
      expect(success.high).toBeGreaterThanOrEqual(success.value);
    }
    expect(dirname(result.folder)).toBe(join(realpathSync(elsewhere), "runs"));
    expect(existsSync(join(result.checkpoint, "model.safetensors"))).toBe(true);
    expect(readFileSync(result.report, "utf8")).toContain("Success on 6 held-out tasks");
  });

  it("records an app that knows nothing of it, and shows the trace", async () => {
    const endpoint = await startModelEndpoint([{ text: "Good morning." }]);
    try {
      const script = `
        const messages = [{ role: "user", content: "Greet the packer." }];
        const body = JSON.stringify({ model: "m", messages });
        const url = ${JSON.stringify(endpoint.url)} + "/chat/completions";
        console.log((await (await fetch(url, { method: "POST", body })).json()).id);`;
      const args = ["--import", "hone-rl/register", "--input-type=module", "--eval", script];
      expect(await run(process.execPath, args)).toBe("chatcmpl-1\n");
    } finally {
      await endpoint.close();
    }
    const shown = await own("hone", "traces", "list");
    expect(shown).toContain("Greet the packer.");
  });

  it("runs the engine's worker from dist/", async () => {
    const folder = join(root, "test/golden/models/qwen2");
    const script = `
      import { openEngine } from "hone-rl/engine";
      const engine = await openEngine(${JSON.stringify(folder)}, { threads: 1 });
      const policy = await engine.createSamplingClient();
      const [one] = await policy.sample([1, 2, 3], 1, { maxTokens: 4, temperature: 0 });
      await engine.close();
      process.stdout.write(JSON.stringify(one.tokens.length));
    `;
    expect(await run(process.execPath, ["--input-type=module", "--eval", script])).toBe("4");
  });
});
