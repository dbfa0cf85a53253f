/** A sandbox whose programs run in a pool of processes. */
import { availableParallelism } from "node:os";
import type { OptionChecks } from "../core/option-checks.ts";
import type { OptionNames } from "../core/known-options.ts";
import { HoneError } from "../core/errors.ts";
import type {
  Sandbox,
  SandboxLanguage,
  SandboxLimits,
  SandboxProgram,
  SandboxResult,
} from "../ports/sandbox.ts";
import { checkProgram } from "./check-program.ts";
import { completeLimits, defaultLimits, limitNames } from "./limits.ts";
import { runInProcess } from "./pool/run-in-process.ts";
import { type PoolSettings, RunnerPool } from "./pool/runner-pool.ts";
import type { RunnerCommand } from "./pool/runner-process.ts";

/** Options of every sandbox that keeps interpreters. */
export interface SandboxOptions {
  /** Limits of every run. Default those of `SandboxLimits`. */
  readonly limits?: Partial<SandboxLimits>;
  /** Interpreters, each a process, that run side by side at most. Default one for each core. */
  readonly size?: number;
  /** Programs that an interpreter's process runs before a new one takes its place. */
  readonly maxUses?: number;
  /**
   * Interpreters that are kept warm and free: after each run new ones are started until there are so many, which costs processor
   * time that is lost where no run follows. Default 0.
   */
  readonly prefill?: number;
}

export const sandboxOptionNames: OptionNames<SandboxOptions> = {
  limits: limitNames,
  size: true,
  maxUses: true,
  prefill: true,
};

/** The pool that options ask for. */
export function poolSettings(
  check: OptionChecks,
  options: SandboxOptions,
  defaultMaxUses: number,
): PoolSettings {
  return {
    size: check.whole("size", options.size ?? availableParallelism(), { min: 1, max: 1_024 }),
    maxUses: check.whole("maxUses", options.maxUses ?? defaultMaxUses, { min: 1 }),
    prefill: check.whole("prefill", options.prefill ?? 0, { min: 0, max: 1_024 }),
  };
}

/** The limits of a sandbox: its user's, and the defaults of the others. */
export const sandboxLimits = (check: OptionChecks, options: SandboxOptions): SandboxLimits =>
  completeLimits(check, options.limits ?? {}, { otherwise: defaultLimits });

/** What makes a sandbox out of a pool. */
export interface PooledSandboxSettings {
  readonly name: string;
  readonly language: SandboxLanguage;
  /** The function that opened it, for errors. */
  readonly where: string;
  readonly check: OptionChecks;
  readonly limits: SandboxLimits;
  readonly pool: PoolSettings;
  /** How its processes are started; asked for each of them. */
  readonly command: () => Promise<RunnerCommand>;
  /** Removes what the sandbox made for its processes. Default nothing. */
  readonly clean?: () => void;
  /** See `RunSettings`. */
  readonly graceMs: number;
}

/** Opens a sandbox; its first process starts with the first run. */
export function pooledSandbox(settings: PooledSandboxSettings): Sandbox {
  const { name, language, where, check, limits, graceMs } = settings;
  const pool = new RunnerPool(name, settings.command, settings.pool);
  const run = async (
    program: SandboxProgram,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<SandboxResult> => {
    const checked = checkProgram(where, program, { check, highest: limits });
    const asked = performance.now();
    const { process, isWarm } = await pool.take(signal);
    const startMs = performance.now() - asked;
    try {
      const ran = await runInProcess(process, checked, { name, graceMs, signal });
      // What the program took may not be free in time for the next one.
      if (ran.failure?.kind === "limit" && ran.failure.limit === "memory")
        process.kill("a program took all of its memory");
      return { ...ran, startMs, isWarm };
    } catch (error) {
      if (pool.isClosed) throw new HoneError("SANDBOX_CLOSED", { sandbox: name });
      throw error;
    } finally {
      pool.giveBack(process);
    }
  };
  return {
    name,
    language,
    run,
    prefill: (count = settings.pool.size) =>
      pool.prefill(check.whole("count", count, { min: 0, max: settings.pool.size })),
    close: () => {
      pool.close();
      settings.clean?.();
      return Promise.resolve();
    },
  };
}
