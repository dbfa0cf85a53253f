/**
 * The Python sandbox: Pyodide (CPython compiled to WebAssembly) in a process with next to no rights.
 *
 * Pyodide is made for programs that are trusted: on Node its `os.system` starts a shell of the host, its sockets connect, and
 * the modules `js` and `pyodide_js` reach JavaScript. Here those modules are gone, and what is behind them is taken from the
 * process: it can start no process, read nothing but hone's own code and Pyodide, write no file and open no connection.
 *
 * What it does not protect against: a program that finds a way from Python's objects to JavaScript's (there are such ways) acts
 * in that process with the rights above; with `maxUses` above 1 it could then deceive the programs after it. A fault in V8
 * gives a program the rights of hone's user, on whose network only the system can keep it from. Load on the processor until the
 * limit on time. A value, a file or a text that a program hands back is the program's word.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkOptions } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import { userCache } from "../core/user-cache.ts";
import type { Sandbox } from "../ports/sandbox.ts";
import {
  pooledSandbox,
  poolSettings,
  type SandboxOptions,
  sandboxLimits,
  sandboxOptionNames,
} from "./pooled-sandbox.ts";
import { pythonSnapshot, type SnapshotFile, snapshotName } from "./python-snapshot.ts";
import { findPackage, runnerCommand } from "./runner-command.ts";

/** Options of `pythonSandbox`. */
export interface PythonSandboxOptions extends SandboxOptions {
  /** The folder for the interpreter's snapshot, some 30 MB. Default `XDG_CACHE_HOME`/hone/sandbox, else ~/.cache/hone/sandbox. */
  readonly cacheFolder?: string;
}

const where = "pythonSandbox";

/** A process for every program, see above. */
const defaultMaxUses = 1;

/** MB of a process of Node with Pyodide, beside the memory of a program. */
const ownMb = 1_024;

/** KB of the process's stack that V8 may use; systems give a process 8 MB, Windows 1 MB. */
const stackKb = process.platform === "win32" ? 900 : 3_900;

/**
 * Opens a sandbox for Python (CPython 3.14 and its standard library, without packages). Needs the package `pyodide`.
 *
 * Programs run as `__main__` in /work, read standard input and write as usual. Time is the program's own: the clock begins at
 * `now`, each look at it is one ms, and `sleep` moves it on without a wait. `random`, `secrets` and `os.urandom` are functions of the seed.
 * An entry may be an `async def`. The first use makes a snapshot of the interpreter, which takes some seconds, once for a machine.
 *
 * @throws OPTION_INVALID; SANDBOX_PACKAGE_MISSING
 * @example
 * const sandbox = pythonSandbox();
 * const { value } = await sandbox.run({
 *   code: "def add(a, b):\n    return a + b",
 *   entry: { function: "add", arguments: [1, 2] },
 * }); // 3
 */
export function pythonSandbox(options: PythonSandboxOptions = {}): Sandbox {
  checkOptions(where, options, { ...sandboxOptionNames, cacheFolder: true });
  const check = optionChecks(where);
  const limits = sandboxLimits(check, options);
  check.whole("limits.memoryMb", limits.memoryMb, { min: 64 });
  const pool = poolSettings(check, options, defaultMaxUses);
  const cache = options.cacheFolder ?? userCache("sandbox");
  check.text("cacheFolder", cache);
  const pyodide = findPackage("pyodide", { language: "Python", version: "314.0.7" });
  const start = {
    reads: pyodide.reads,
    flags: [`--stack-size=${stackKb}`],
    dataMb: ownMb + limits.memoryMb,
    cpuSeconds: 120 + (pool.maxUses * 2 * limits.timeMs) / 1_000,
  };
  const closing = new AbortController();
  let snapshot: Promise<SnapshotFile> | undefined;
  const makeSnapshot = () => {
    const source = new URL("./runners/python-snapshot-runner.ts", import.meta.url);
    const name = snapshotName(pyodideVersion(pyodide.folder));
    const path = join(cache, name);
    return pythonSnapshot(path, runnerCommand({ ...start, source }), closing.signal);
  };
  return pooledSandbox({
    name: "pyodide",
    language: "python",
    where,
    check,
    limits,
    pool,
    graceMs: 0,
    command: async () => {
      snapshot ??= makeSnapshot();
      // After a failure it is tried again with the next process.
      snapshot.catch(() => (snapshot = undefined));
      const { path } = await snapshot;
      return runnerCommand({
        ...start,
        source: new URL("./runners/python-runner.ts", import.meta.url),
        arguments: [path],
        reads: [...start.reads, path],
      });
    },
    clean: () => {
      closing.abort(new Error("the sandbox was closed"));
      snapshot?.then(({ clean }) => clean()).catch(() => {});
    },
  });
}

function pyodideVersion(folder: string): string {
  const manifest = readFileSync(join(folder, "package.json"), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
