/** Watches what a script's processes use: without control groups (control-group.ts) the kernel has no limit for all of them together. */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SandboxLimits } from "../../ports/sandbox.ts";

/** Processes that a script may have side by side. */
const maxProcesses = 64;

const bytesPerPage = 4_096;

/** A limit that is passed, in words. */
export interface PassedLimit {
  readonly limit: "memory" | "files" | "processes";
  readonly message: string;
}

/** The limit that the processes under `pid`, or the files of the working folder, have passed. */
export function passedLimit(
  pid: number,
  folder: string,
  limits: SandboxLimits,
): PassedLimit | undefined {
  const pids = descendants(pid);
  if (pids.length > maxProcesses)
    return { limit: "processes", message: `the script has more than ${maxProcesses} processes` };
  const pages = pids.reduce((sum, one) => sum + residentPages(one), 0);
  if (pages * bytesPerPage > limits.memoryMb * 1024 * 1024)
    return { limit: "memory", message: memoryMessage(limits) };
  return passedFiles(folder, limits);
}

/** What is said of a script that passes its limit on memory. */
export const memoryMessage = ({ memoryMb }: Pick<SandboxLimits, "memoryMb">): string =>
  `the script needs more memory than ${memoryMb} MB (limits.memoryMb)`;

/** The limit on files that a folder passes; it is read only as far as it is allowed to be full. */
export function passedFiles(folder: string, limits: SandboxLimits): PassedLimit | undefined {
  let [count, bytes] = [0, 0];
  const walk = (path: string): boolean =>
    entriesOf(path).some((entry) => {
      const full = join(path, entry.name);
      if (entry.isDirectory()) return ++count > limits.fileCount + 1_000 || walk(full);
      bytes += sizeOf(full);
      return ++count > limits.fileCount || bytes > limits.fileBytes;
    });
  if (!walk(folder)) return undefined;
  const { fileCount, fileBytes } = limits;
  const message = `more than ${fileCount} files or ${fileBytes} bytes of them (limits.fileCount, limits.fileBytes)`;
  return { limit: "files", message };
}

function descendants(pid: number): readonly number[] {
  const found = [pid];
  // A script that forks on and on is told by the first so many.
  for (let at = 0; at < found.length && found.length <= 4 * maxProcesses; at++) {
    const children = textOf(`/proc/${found[at]}/task/${found[at]}/children`);
    found.push(...children.split(" ").filter(Boolean).map(Number));
  }
  return found;
}

const residentPages = (pid: number): number =>
  Number(textOf(`/proc/${pid}/statm`).split(" ")[1] ?? 0);

/** Processes and files may be gone before they are looked at. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function entriesOf(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

function sizeOf(path: string): number {
  try {
    return lstatSync(path).size;
  } catch {
    return 0;
  }
}
