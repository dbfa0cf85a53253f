/**
 * The shell sandbox: just-bash, a shell with some eighty commands written in TypeScript over a file system in memory, in a process
 * with next to no rights. No command is a program of the host; there is no network, no Python, no JavaScript.
 *
 * What it does not protect against: a fault in just-bash or in a package that it uses, with which a script could run JavaScript:
 * that code could read the packages beside it and nothing else of the host, and deceive the scripts after it in the same process
 * (`maxUses: 1` gives each its own). Load on the processor until the limit on time. It is no bash: what differs is the script's loss.
 */
import { checkOptions } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { Sandbox, SandboxProgram } from "../ports/sandbox.ts";
import {
  pooledSandbox,
  poolSettings,
  type SandboxOptions,
  sandboxLimits,
  sandboxOptionNames,
} from "./pooled-sandbox.ts";
import { findPackage, runnerCommand } from "./runner-command.ts";

const where = "shellSandbox";

/** Scripts that one process runs; each has a shell and files of its own. */
const defaultMaxUses = 50;

/** MB of a process of Node with just-bash, beside the memory of a script. */
const ownMb = 768;

/**
 * Opens a sandbox for shell scripts (bash's language; `ls`, `grep`, `sed`, `awk`, `find`, `jq` … as just-bash has them). Needs the
 * package `just-bash`.
 *
 * Scripts run in /work. Time is the script's own: the clock begins at `now`, and `sleep` moves it on without a wait; `$RANDOM`
 * is a function of the seed. Output comes when the script ends, so that one that is killed has none. There is no `entry`.
 *
 * @throws OPTION_INVALID; SANDBOX_PACKAGE_MISSING
 * @example
 * const sandbox = shellSandbox();
 * const { stdout } = await sandbox.run({ code: "grep -c TODO *.ts", files });
 */
export function shellSandbox(options: SandboxOptions = {}): Sandbox {
  checkOptions(where, options, sandboxOptionNames);
  const check = optionChecks(where);
  const limits = sandboxLimits(check, options);
  const pool = poolSettings(check, options, defaultMaxUses);
  const bash = findPackage("just-bash", { language: "shell", version: "3.4.2" });
  const command = runnerCommand({
    source: new URL("./runners/shell-runner.ts", import.meta.url),
    reads: [...bash.reads, bash.others],
    flags: [`--max-old-space-size=${limits.memoryMb + 64}`],
    dataMb: ownMb + limits.memoryMb,
    cpuSeconds: 60 + (pool.maxUses * 2 * limits.timeMs) / 1_000,
  });
  const sandbox = pooledSandbox({
    name: "just-bash",
    language: "shell",
    where,
    check,
    limits,
    pool,
    graceMs: 0,
    command: () => Promise.resolve(command),
  });
  return {
    ...sandbox,
    run: async (program: SandboxProgram, run) => {
      if (program.entry === undefined) return sandbox.run(program, run);
      throw check.invalid("entry", program.entry, "absent: a script has no functions to call");
    },
  };
}
