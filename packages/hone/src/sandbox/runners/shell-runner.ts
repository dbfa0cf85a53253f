/** Runs shell scripts in just-bash: a shell written in TypeScript over a file system in memory, a new one for every script. */
import { randomBits, uniform } from "../../core/random.ts";
import type { SandboxFailure } from "../../ports/sandbox.ts";
import { workFolder } from "../work-path.ts";
import { lockDown } from "./lock-down.ts";
import { type ProgramEnd, type RunTools, serveRuns } from "./serve-runs.ts";
import { VirtualClock } from "./virtual-clock.ts";

lockDown();
const clock = new VirtualClock();
clock.install();
let [seed, draws] = [0, 0];
Math.random = () => uniform("sandbox", seed, draws++);

// It keeps the timers and the clock that it finds when it is loaded.
const { Bash } = await import("just-bash");

/** Counts that the limit on time bounds better. */
const unlimited = 1_000_000_000;

await serveRuns(async (tools) => {
  const { request } = tools;
  clock.set(request.now);
  [seed, draws] = [randomBits(request.seed), 0];
  const bash = newShell(tools);
  tools.started();
  const result = await bash.exec(request.code, { stdin: request.stdin, rawScript: true });
  tools.write("stdout", bytesOf(result.stdout, result.stdoutKind === "bytes"));
  tools.write("stderr", result.stderr);
  await keepFiles(bash, tools);
  return endOf(result, tools);
});

function newShell({ request, files }: RunTools): InstanceType<typeof Bash> {
  const { memoryMb, fileBytes } = request.limits;
  const bytes = memoryMb * 1024 * 1024;
  return new Bash({
    cwd: workFolder,
    env: { HOME: workFolder, LANG: "C.UTF-8", TZ: "UTC" },
    files: Object.fromEntries(
      files.paths().map((path) => [`${workFolder}/${path}`, files.get(path)!]),
    ),
    sleep: (ms) => Promise.resolve(clock.advance(ms)),
    // It takes away what this process has taken away already, and the clock with it.
    defenseInDepth: false,
    executionLimits: {
      maxLoopIterations: unlimited,
      maxCommandCount: unlimited,
      maxAwkIterations: unlimited,
      maxSedIterations: unlimited,
      maxJqIterations: unlimited,
      maxAwkParserOperations: unlimited,
      maxWorkUnits: unlimited,
      maxStringLength: Math.floor(bytes / 8),
      maxOutputSize: Math.floor(bytes / 4),
      maxLiveBytes: Math.floor(bytes / 2),
      maxFileSystemBytes: 2 * fileBytes + 16 * 1024 * 1024,
    },
  });
}

/** Texts of bytes hold a byte in each character. */
function bytesOf(text: string, isBytes: boolean): Uint8Array {
  return Buffer.from(text, isBytes ? "latin1" : "utf8");
}

async function keepFiles(bash: InstanceType<typeof Bash>, { files }: RunTools): Promise<void> {
  const found: (readonly [string, Uint8Array])[] = [];
  for (const full of bash.fs.getAllPaths()) {
    // Links lead nowhere but into this file system; those that lead nowhere are no files.
    if (!full.startsWith(`${workFolder}/`) || !(await bash.fs.exists(full))) continue;
    const path = full.slice(workFolder.length + 1);
    if ((await bash.fs.stat(full)).isFile) found.push([path, await bash.fs.readFileBuffer(full)]);
  }
  files.replaceAll(found);
}

function endOf(
  { exitCode, stderr }: { readonly exitCode: number; readonly stderr: string },
  { request, files }: RunTools,
): ProgramEnd {
  if (exitCode === 0) return { exitCode };
  const limit = /(\w+ ?\w*) limit exceeded \(\d+ bytes\)\s*$/.exec(stderr)?.[1];
  if (limit !== undefined && /file ?system/i.test(limit)) files.refuse();
  else if (exitCode === 126 && limit !== undefined) {
    const allowed = `${request.limits.memoryMb} MB (limits.memoryMb)`;
    const message = `the script needed more than its share of ${allowed}: ${limit}`;
    return { exitCode: 137, failure: { kind: "limit", limit: "memory", message } };
  }
  const failure: SandboxFailure = {
    kind: "exit",
    message: `the script ended with code ${exitCode}`,
  };
  return { exitCode, failure };
}
