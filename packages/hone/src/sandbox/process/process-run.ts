/** One script in real processes: started, watched, ended, and its files taken back. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { endGroup } from "../../core/end-group.ts";
import { HoneError } from "../../core/errors.ts";
import type { SandboxFailure, SandboxResult } from "../../ports/sandbox.ts";
import type { CheckedProgram } from "../check-program.ts";
import { workFolder } from "../work-path.ts";
import { bubblewrapArguments } from "./bubblewrap.ts";
import { type ControlGroup, openControlGroup } from "./control-group.ts";
import { memoryMessage, passedFiles, passedLimit } from "./process-watch.ts";

/** How often the processes are looked at. */
const watchMs = 40;

/** Output that was written may still be on its way that long after the end. */
const drainMs = 2_000;

type Ran = Omit<SandboxResult, "startMs" | "isWarm">;

/** Runs a script. @throws the signal's reason; SANDBOX_CRASHED */
export async function runProcess(
  program: CheckedProgram,
  signal: AbortSignal | undefined,
): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), "hone-process-"));
  try {
    const work = join(folder, "work");
    mkdirSync(work);
    for (const [path, bytes] of program.files) {
      mkdirSync(dirname(join(work, path)), { recursive: true });
      writeFileSync(join(work, path), bytes);
    }
    writeFileSync(join(folder, "script"), program.code);
    return await runInGroup(folder, program, signal);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Processes and threads that the kernel allows a script where it has control groups: more than the watch allows of processes. */
const maxTasks = 512;

/** What the kernel lets all processes of a script have together: memory for them, and for the files of their /tmp. */
const groupLimits = ({ limits }: CheckedProgram) => ({
  tasks: maxTasks,
  memoryBytes: limits.memoryMb * 2 ** 20 + limits.fileBytes,
});

async function runInGroup(
  folder: string,
  program: CheckedProgram,
  signal: AbortSignal | undefined,
): Promise<Ran> {
  signal?.throwIfAborted();
  const group = openControlGroup(groupLimits(program));
  try {
    return await runIn(folder, program, { signal, group });
  } finally {
    await group?.close();
  }
}

/** Limits of the system for each process; those of all together are watched, and kept by the kernel where there is a control group. */
function startScript({ limits }: CheckedProgram): string {
  return [
    `ulimit -v ${(4 * limits.memoryMb + 1_024) * 1_024}`,
    `ulimit -f ${Math.ceil(limits.fileBytes / 512) + 1}`,
    "ulimit -c 0",
    `ulimit -t ${Math.ceil(limits.timeMs / 1_000) + 1}`,
    "exec /bin/sh /script",
  ].join("; ");
}

interface RunOptions {
  readonly signal: AbortSignal | undefined;
  /** Absent where the machine has no control groups for this user. */
  readonly group: ControlGroup | undefined;
}

async function runIn(
  folder: string,
  program: CheckedProgram,
  { signal, group }: RunOptions,
): Promise<Ran> {
  const { limits } = program;
  const work = join(folder, "work");
  const given = [
    ...bubblewrapArguments(limits.fileBytes),
    ...["--ro-bind", join(folder, "script"), "/script"],
    ...["--bind", work, workFolder, "--chdir", workFolder],
    ...["/bin/sh", "-c", startScript(program)],
  ];
  const since = performance.now();
  // A group of its own: one that is killed while bubblewrap still sets up would leave its second process behind.
  const options = { env: { PATH: process.env["PATH"] }, stdio: "pipe", detached: true } as const;
  const [command, words] = group?.joining("bwrap", given) ?? ["bwrap", given];
  const child = spawn(command, words, options);
  const stdout = keepOutput(child.stdout, limits.outputBytes);
  const stderr = keepOutput(child.stderr, limits.outputBytes);
  child.stdin.on("error", () => {}).end(program.stdin);
  const ended = endOf(child);
  const passed = watch(child, work, program, signal);
  const code = await ended.finally(passed.stop);
  signal?.throwIfAborted();
  const runMs = performance.now() - since;
  const failure =
    passed.failure() ??
    memoryFailure(group, program) ??
    filesFailure(work, program) ??
    exitFailure(code);
  const took = failure?.kind === "limit" ? { files: {}, removed: [] } : changes(work, program);
  return {
    exitCode: exitCode(failure, code),
    ...(failure !== undefined && { failure }),
    stdout: stdout.text(),
    stderr: stderr.text(),
    cut: { stdout: stdout.cut(), stderr: stderr.cut() },
    ...took,
    runMs,
  };
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", ({ message }) =>
      reject(new HoneError("SANDBOX_CRASHED", { sandbox: "bubblewrap", problem: message })),
    );
    child.on("close", (code) => resolve(code ?? 137));
    // Nothing of a script outlives bubblewrap; should something hold its pipes, they are closed.
    child.on("exit", () => {
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, drainMs).unref();
    });
  });
}

/** Kills the script at its limits and at the signal. */
function watch(
  child: ChildProcess,
  work: string,
  { limits }: CheckedProgram,
  signal: AbortSignal | undefined,
) {
  let failure: SandboxFailure | undefined;
  const end = (found: SandboxFailure | undefined) => {
    if (found === undefined) return;
    failure ??= found;
    endGroup(child.pid, true);
  };
  const late = `the program ran longer than ${limits.timeMs} ms (limits.timeMs)`;
  const timer = setTimeout(
    () => end({ kind: "limit", limit: "time", message: late }),
    limits.timeMs,
  );
  const looking = setInterval(() => {
    const passed = child.pid === undefined ? undefined : passedLimit(child.pid, work, limits);
    if (passed !== undefined) end({ kind: "limit", ...passed });
  }, watchMs);
  const abort = () => endGroup(child.pid, true);
  signal?.addEventListener("abort", abort, { once: true });
  return {
    failure: () => failure,
    stop: () => {
      clearTimeout(timer);
      clearInterval(looking);
      signal?.removeEventListener("abort", abort);
    },
  };
}

function keepOutput(stream: NodeJS.ReadableStream, limit: number) {
  const pieces: Buffer[] = [];
  let [left, cut] = [limit, 0];
  stream.on("data", (data: Buffer) => {
    const kept = data.subarray(0, left);
    if (kept.length > 0) pieces.push(kept);
    left -= kept.length;
    cut += data.length - kept.length;
  });
  return { text: () => new TextDecoder().decode(Buffer.concat(pieces)), cut: () => cut };
}

function filesFailure(work: string, { limits }: CheckedProgram): SandboxFailure | undefined {
  const passed = passedFiles(work, limits);
  return passed === undefined ? undefined : { kind: "limit", ...passed };
}

function memoryFailure(
  group: ControlGroup | undefined,
  { limits }: CheckedProgram,
): SandboxFailure | undefined {
  if (group?.hasEndedForMemory() !== true) return undefined;
  return { kind: "limit", limit: "memory", message: memoryMessage(limits) };
}

const exitFailure = (code: number): SandboxFailure | undefined =>
  code === 0 ? undefined : { kind: "exit", message: `the program ended with code ${code}` };

function exitCode(failure: SandboxFailure | undefined, code: number): number {
  if (failure?.limit === "time") return 124;
  if (failure?.limit === "memory") return 137;
  return failure !== undefined && code === 0 ? 1 : code;
}

/** Regular files alone: a link could lead to a file of the host. */
function changes(work: string, { files }: CheckedProgram): Pick<Ran, "files" | "removed"> {
  const found = new Map<string, Uint8Array>();
  // Node's own recursive reading follows links to folders, out of this one.
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const full = join(folder, entry.name);
      if (entry.isDirectory()) walk(full);
      else if (entry.isFile())
        found.set(full.slice(work.length + 1), Uint8Array.from(readFileSync(full)));
    }
  };
  walk(work);
  const changed = [...found].filter(([path, bytes]) => {
    const before = files.get(path);
    return before === undefined || Buffer.compare(before, bytes) !== 0;
  });
  const removed = [...files.keys()].filter((path) => !found.has(path));
  return { files: Object.fromEntries(changed), removed };
}
