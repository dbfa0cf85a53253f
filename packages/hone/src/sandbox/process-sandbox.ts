/**
 * The process sandbox: scripts for the system's own `sh` and programs, in namespaces of their own under bubblewrap. It is for what
 * needs real programs, such as a repository whose tests run with node, python or make.
 *
 * What it does not protect against: a fault in the Linux kernel, whose whole interface a program can reach (no system calls
 * are filtered); reading /usr, which is the host's; load on the processor until the limit on time. Memory, files and processes are
 * looked at every 40 ms, so that a program can pass their limits for that long. Where control groups can be made (process/control-group.ts)
 * the kernel bounds memory and processes meanwhile; where not, a program that forks on and on starts as many processes as the system allows
 * its user, and slows the machine until it is ended, and root is refused. Time and randomness are the system's.
 */
import { availableParallelism } from "node:os";
import { HoneError } from "../core/errors.ts";
import { checkOptions } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { Sandbox, SandboxLimits } from "../ports/sandbox.ts";
import { checkProgram } from "./check-program.ts";
import { limitNames } from "./limits.ts";
import { sandboxLimits } from "./pooled-sandbox.ts";
import { bubblewrapProblem } from "./process/bubblewrap.ts";
import { runProcess } from "./process/process-run.ts";

/** Options of `processSandbox`. */
export interface ProcessSandboxOptions {
  /** Limits of every run. Default those of `SandboxLimits`. */
  readonly limits?: Partial<SandboxLimits>;
  /** Scripts that run side by side at most. Default one for each core. */
  readonly size?: number;
}

const where = "processSandbox";

/**
 * Opens a sandbox for scripts of the system's `sh`, on Linux with bubblewrap (`apt-get install bubblewrap`).
 *
 * Scripts run in /work and find the programs of /usr, a /tmp of their own, no network and no other process. There is no `entry`;
 * `seed` and `now` are refused, since time and randomness are the system's. Links in the working folder are not handed back.
 *
 * @throws OPTION_INVALID; SANDBOX_UNAVAILABLE
 * @example
 * const sandbox = processSandbox({ limits: { timeMs: 60_000, memoryMb: 1024 } });
 * const { exitCode, stdout } = await sandbox.run({ code: "python3 -m unittest", files });
 */
export function processSandbox(options: ProcessSandboxOptions = {}): Sandbox {
  checkOptions(where, options, { limits: limitNames, size: true });
  const check = optionChecks(where);
  const limits = sandboxLimits(check, options);
  const size = check.whole("size", options.size ?? availableParallelism(), { min: 1, max: 1_024 });
  const problem = bubblewrapProblem();
  if (problem !== undefined) {
    const advice =
      process.getuid?.() === 0
        ? "Install bubblewrap (`apt-get install bubblewrap`), and run hone as another user than root where control groups cannot be made, or use another sandbox."
        : "Install bubblewrap (`apt-get install bubblewrap`) on a Linux that allows user namespaces, or use another sandbox.";
    throw new HoneError("SANDBOX_UNAVAILABLE", { sandbox: "bubblewrap", problem, advice });
  }
  const closing = new AbortController();
  const closed = () => new HoneError("SANDBOX_CLOSED", { sandbox: "bubblewrap" });
  const turns = new Turns(size);
  const run: Sandbox["run"] = async (program, { signal } = {}) => {
    for (const name of ["entry", "seed", "now"] as const)
      if (program[name] !== undefined)
        throw check.invalid(
          name,
          program[name],
          "absent: a script has the system's time and no functions",
        );
    const checked = checkProgram(where, program, { check, highest: limits });
    if (closing.signal.aborted) throw closed();
    const asked = performance.now();
    const either = AbortSignal.any([closing.signal, ...(signal === undefined ? [] : [signal])]);
    const giveBack = await turns.take();
    try {
      const startMs = performance.now() - asked;
      return { ...(await runProcess(checked, either)), startMs, isWarm: false };
    } finally {
      giveBack();
    }
  };
  return {
    name: "bubblewrap",
    language: "process",
    run,
    // Nothing is kept warm: a process starts in some ms.
    prefill: () => Promise.resolve(),
    close: () => Promise.resolve(closing.abort(closed())),
  };
}

/** Lets so many work at a time, in the order in which they came. */
class Turns {
  #free: number;
  readonly #waiters: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  /** Waits for a turn; the result ends it. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => void this.#waiters.push(resolve));
    return () => {
      const next = this.#waiters.shift();
      if (next === undefined) this.#free++;
      else next();
    };
  }
}
