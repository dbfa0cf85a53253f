/**
 * Makes the stores and run folders of this folder, with the hone of the checkout it runs in:
 *
 *     node scripts/run.js test/earlier/make.ts <folder>
 *
 * What is committed here was made by an earlier commit (README.md says which) and is not made anew: newer code has to open it.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "hone-rl";
import type { Trace } from "hone-rl/tracing";
import { processor, root, runs, trainedWeights } from "./earlier-runs.ts";

const here = import.meta.dirname;
const out = process.argv[2] ?? here;

/** The command line; stopped by SIGINT, as Ctrl-C does, after so many steps. */
function hone(args: readonly string[], stopAfter = Number.POSITIVE_INFINITY): Promise<void> {
  const program = [join(root, "scripts/run.js"), join(root, "packages/hone/bin/hone.js")];
  const child = spawn(process.execPath, [...program, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let steps = 0;
  let isStopped = false;
  let line = "";
  child.stdout.on("data", (bytes: Buffer) => {
    const lines = (line + bytes.toString()).split("\n");
    line = lines.pop()!;
    steps += lines.filter((one) => one.startsWith('{"event":"step"')).length;
    // A second one would end it at once.
    if (steps >= stopAfter && !isStopped) isStopped = child.kill("SIGINT");
  });
  return new Promise((resolve) => child.on("close", () => resolve()));
}

/** A run that was stopped, and what a copy of it came to when it was resumed. */
async function stoppedRun(
  name: string,
  command: readonly string[],
  stopAfter: number,
): Promise<void> {
  const folder = join(out, name);
  const config = join("test/earlier", `${name}.yaml`);
  await hone([...command, "--config", config, "--out", folder, "--json"], stopAfter);
  const whole = join(out, `${name}-resumed`);
  cpSync(folder, whole, { recursive: true });
  await hone([...command, "--resume", whole, "--json"]);
  // What the run of GRPO starts from.
  if (name === "math") cpSync(join(whole, "model"), join(here, "model"), { recursive: true });
  mkdirSync(join(out, "results"), { recursive: true });
  const kept = (file: string): string => join(out, "results", `${name}.${file}`);
  renameSync(join(whole, "result.json"), kept("result.json"));
  renameSync(join(whole, trainedWeights(name)), kept("safetensors"));
  rmSync(whole, { recursive: true });
  rmSync(join(folder, "lock.json"), { force: true });
  const record = join(folder, "run.json");
  writeFileSync(record, readFileSync(record, "utf8").replaceAll(root, "{root}"));
}

async function stores(): Promise<void> {
  const traces = JSON.parse(readFileSync(join(here, "traces.json"), "utf8")) as Trace[];
  for (const url of [`sqlite:${join(out, "hone.db")}`, `files:${join(out, "rl_data")}`]) {
    const store = await openStore(url);
    await store.put(traces);
    await store.close();
  }
}

mkdirSync(out, { recursive: true });
await stores();
for (const [name, { command, stoppedAfter }] of Object.entries(runs)) {
  await stoppedRun(name, command, stoppedAfter);
}
writeFileSync(join(out, "results", "processor.json"), `${JSON.stringify(processor(), null, 1)}\n`);
