/**
 * How the process of an interpreter is started: with Node's permission model (it may read its own code and nothing else, write no
 * file, start no process and no thread, load no addon), without `eval`, with an empty environment, and, where the system has
 * `sh`, with the system's limits on memory, processor time and files.
 */
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { HoneError } from "../core/errors.ts";
import { ownModule } from "../core/own-module.ts";
import type { RunnerCommand } from "./pool/runner-process.ts";

/** An interpreter and what its process may have. */
export interface RunnerStart {
  /** The program, as `new URL("./runners/….ts", import.meta.url)`. */
  readonly source: URL;
  /** Folders and files that it may read beside hone's code. */
  readonly reads: readonly string[];
  /** What the program is given. */
  readonly arguments?: readonly string[];
  /** Flags of Node. */
  readonly flags?: readonly string[];
  /** MB of data that the system gives to the process: the interpreter's code and heap, and the memory of a program. */
  readonly dataMb: number;
  /** Seconds of the processor after which the system ends the process, in case that hone was killed and cannot. */
  readonly cpuSeconds: number;
}

/** The command of a runner's process. */
export function runnerCommand(start: RunnerStart): RunnerCommand {
  const program = fileURLToPath(ownModule(start.source));
  const reads = [ownFolder(program), ...start.reads].map((path) => `--allow-fs-read=${path}`);
  const node = [
    process.execPath,
    "--permission",
    ...reads,
    "--disallow-code-generation-from-strings",
    "--expose-gc",
    "--no-warnings",
    ...(start.flags ?? []),
    program,
    ...(start.arguments ?? []),
  ];
  const env = { TZ: "UTC", NODE_OPTIONS: "" };
  if (!existsSync("/bin/sh")) return { program: node[0]!, arguments: node.slice(1), env };
  const limits = [
    "ulimit -c 0",
    "ulimit -f 0",
    `ulimit -t ${Math.ceil(start.cpuSeconds)}`,
    // Counted by Linux only; other systems ignore it or refuse it.
    `{ ulimit -d ${start.dataMb * 1024} 2>/dev/null || true; }`,
    'exec "$0" "$@"',
  ].join("; ");
  return { program: "/bin/sh", arguments: ["-c", limits, ...node], env };
}

/** The folder of hone's code that a program of it imports from: src/ or dist/. */
function ownFolder(program: string): string {
  const folder = /^(.*[\\/](?:src|dist))[\\/]sandbox[\\/]runners[\\/][^\\/]*$/.exec(program)?.[1];
  return realpathSync(folder ?? dirname(program));
}

/** An installed package. */
export interface PackagePlace {
  /** Its folder, with links resolved. */
  readonly folder: string;
  /** What a process must be able to read to import it. */
  readonly reads: readonly string[];
  /** The folder of the packages that it imports itself. */
  readonly others: string;
}

/**
 * Finds an installed package. Node's permission model checks both the path by which a package is found and the path where it lies;
 * they differ where a package manager links packages. pnpm also links what a package imports, in a folder beside it.
 * @throws SANDBOX_PACKAGE_MISSING
 */
export function findPackage(
  name: string,
  need: { readonly language: string; readonly version: string },
): PackagePlace {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const found = paths.map((path) => join(path, name)).find((path) => existsSync(path));
  if (found === undefined) {
    const install = `npm install ${name}@${need.version}`;
    const facts = { language: need.language, package: name, install };
    throw new HoneError("SANDBOX_PACKAGE_MISSING", facts);
  }
  const folder = realpathSync(found);
  const [links, store] =
    /^(.*[\\/]\.pnpm)[\\/][^\\/]+[\\/]node_modules(?=[\\/])/.exec(folder) ?? [];
  const reads = [...new Set([found, folder, ...(links === undefined ? [] : [links])])];
  return { folder, reads, others: store ?? dirname(folder) };
}
