/** Processes the bench starts: none of them outlives it, however it ends. */
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { rmSync } from "node:fs";
import { constants } from "node:os";
import { basename } from "node:path";

const running = new Set<ChildProcess>();

/** As `spawn`; the process is killed when the bench ends before it. */
export function startChild(
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const child = spawn(program, args, options);
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}

/** Runs a program to its end. @throws with its exit code; what it says goes to standard error */
export async function runChild(program: string, args: readonly string[]): Promise<void> {
  const child = startChild(program, args, { stdio: ["ignore", "ignore", "inherit"] });
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${basename(args[0]!)} ended with ${String(code)}`);
}

/** Runs a module of ours on a command and reads the JSON it prints last. What it says on standard error is progress. */
export async function childJson<T>(script: string, command: object): Promise<T> {
  const args = [script, JSON.stringify(command)];
  const child = startChild(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout!.on("data", (part: Buffer) => (output += part.toString()));
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${basename(script)} ended with ${String(code)}`);
  return JSON.parse(output.trim().split("\n").at(-1)!) as T;
}

/**
 * When the bench ends by itself, by an error or by a signal: kills what still runs, then removes the folder. Whatever the
 * children make for themselves is in there too, since it is their folder for temporary files as well.
 */
export function leaveNothingBehind(folder: string): void {
  process.env["TMPDIR"] = folder;
  process.once("exit", () => {
    for (const child of running) child.kill("SIGKILL");
    // A killed child may finish the write it is in.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
