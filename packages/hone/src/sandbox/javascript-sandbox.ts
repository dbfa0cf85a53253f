/**
 * The JavaScript sandbox: QuickJS compiled to WebAssembly, in a process with next to no rights.
 *
 * What it does not protect against: a fault in V8's WebAssembly, with which a program could run machine code as the user of
 * hone (only a virtual machine helps there); programs that measure the time of the host by how long they themselves take;
 * load on the processor until the limit on time. A process of Node that runs beside the app is no boundary for what the app
 * does with the result: a value, a file or a text that a program hands back is the program's word.
 */
import { checkOptions } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { Sandbox } from "../ports/sandbox.ts";
import {
  pooledSandbox,
  poolSettings,
  type SandboxOptions,
  sandboxLimits,
  sandboxOptionNames,
} from "./pooled-sandbox.ts";
import { findPackage, runnerCommand } from "./runner-command.ts";

const where = "javascriptSandbox";

/** Programs that one process runs. Each has an instance of WebAssembly of its own, so that nothing is left of the one before. */
const defaultMaxUses = 100;

/** MB of a process of Node with QuickJS, beside the memory of a program. */
const ownMb = 768;

/** KB of the process's stack that V8 may use; systems give a process 8 MB, Windows 1 MB. */
const stackKb = process.platform === "win32" ? 900 : 3_900;

/**
 * Opens a sandbox for JavaScript (ECMAScript 2023, as QuickJS has it; modules by `import` of files that were given).
 *
 * Programs find `console`, `setTimeout` and its kin, `readFile(path)`, `readBytes(path)`, `writeFile(path, data)`,
 * `removeFile(path)`, `listFiles()`, `readStdin()` and `exit(code)`; no `require`, `process` or `fetch`. Time is the program's own: the clock begins at
 * `now`, each look at it is one ms, and a timer moves it on without a wait. `Math.random` is a function of the seed.
 *
 * @throws OPTION_INVALID
 * @example
 * const sandbox = javascriptSandbox();
 * const { value } = await sandbox.run({
 *   code: "const add = (a, b) => a + b;",
 *   entry: { function: "add", arguments: [1, 2] },
 * }); // 3
 * await sandbox.close();
 */
export function javascriptSandbox(options: SandboxOptions = {}): Sandbox {
  checkOptions(where, options, sandboxOptionNames);
  const check = optionChecks(where);
  const limits = sandboxLimits(check, options);
  const pool = poolSettings(check, options, defaultMaxUses);
  const need = { language: "JavaScript", version: "0.32.0" };
  const packages = [
    "quickjs-emscripten-core",
    "@jitl/quickjs-wasmfile-release-sync",
    "@jitl/quickjs-ffi-types",
  ];
  const command = runnerCommand({
    source: new URL("./runners/javascript-runner.ts", import.meta.url),
    reads: packages.flatMap((name) => findPackage(name, need).reads),
    flags: [`--stack-size=${stackKb}`],
    // QuickJS keeps the limit; instances of earlier programs may not have been collected yet.
    dataMb: ownMb + 4 * limits.memoryMb,
    cpuSeconds: 60 + (pool.maxUses * 2 * limits.timeMs) / 1_000,
  });
  return pooledSandbox({
    name: "quickjs",
    language: "javascript",
    where,
    check,
    limits,
    pool,
    graceMs: 500,
    command: () => Promise.resolve(command),
  });
}
