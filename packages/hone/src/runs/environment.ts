/** The environment of a run: facts that explain its figures, without names, paths or secrets. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import type { Environment } from "../formats/run-format.ts";

/** The environment of this process. @param threads  of matrix products, where a number was asked for */
export async function describeEnvironment(threads?: number): Promise<Environment> {
  const commit = await gitCommit();
  return {
    startedAt: new Date().toISOString(),
    packageVersion: await packageVersion(),
    node: process.version,
    platform: process.platform,
    architecture: process.arch,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: usableMemory(),
    ...(threads !== undefined && { threads }),
    ...(commit === undefined ? {} : { gitCommit: commit }),
  };
}

/** The memory of the machine, or the limit of the container where it is lower. */
function usableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** The version of this package. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The commit of the working folder; undefined without git or outside a repository. */
function gitCommit(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile("git", ["rev-parse", "HEAD"], { timeout: 2000 }, (error, stdout) => {
      const commit = stdout.trim();
      resolve(error === null && /^[0-9a-f]{40,64}$/.test(commit) ? commit : undefined);
    });
  });
}
