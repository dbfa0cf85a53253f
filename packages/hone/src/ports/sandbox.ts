/** The contract of a sandbox: it runs an untrusted program, and hands back what the program did as data. */
import type { JsonValue } from "../core/json.ts";

/** What a program may use. A run may lower the limits of its sandbox, never raise them. */
export interface SandboxLimits {
  /** Time of one run in ms, by the clock on the wall, without the start of the interpreter. Default 5,000. */
  readonly timeMs: number;
  /** Memory of one run in MB (2^20 bytes), the interpreter's own included. Default 256. */
  readonly memoryMb: number;
  /** Bytes of UTF-8 that are kept of each of stdout and stderr, and the most that a value's JSON may have. Default 262,144. */
  readonly outputBytes: number;
  /** Files that may lie in the working folder, those that were put there included. Default 1,000. */
  readonly fileCount: number;
  /** Bytes that all files of the working folder may have together. Default 16,777,216. */
  readonly fileBytes: number;
}

/** A function of the program that is called once the program has run. */
export interface SandboxEntry {
  /** The name of a function that the program defines at its top level. */
  readonly function: string;
  /** Its arguments. Default none. */
  readonly arguments?: readonly JsonValue[];
}

/** A program and what it is given. */
export interface SandboxProgram {
  /** The text of the program, in the sandbox's language. */
  readonly code: string;
  /** Files of the working folder by relative path, with "/" between folders: texts (as UTF-8) or bytes. Default none. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** What the program reads from standard input. Default nothing. */
  readonly stdin?: string;
  /** The function whose result is the value of the run. Default none: the program runs and has no value. */
  readonly entry?: SandboxEntry;
  /** Lower limits for this run. Default those of the sandbox. */
  readonly limits?: Partial<SandboxLimits>;
  /** Seeds the program's randomness, a whole number of 32 bits: same seed, same numbers. Default 0. */
  readonly seed?: number;
  /** What the program's clock shows at its start, in ms since 1970. Default 2026-01-01T00:00:00Z. */
  readonly now?: number;
}

/** Why a run did not end well. */
export interface SandboxFailure {
  /**
   * - "limit": a limit ended it. Or it ended by itself with more files or a longer value than allowed, which are left out
   * - "exception": the program threw, or its text is no program
   * - "exit": the program ended itself with an exit code other than 0
   * - "value": the program has no such entry, or the entry's result is no JSON: a circle, NaN, a function …
   */
  readonly kind: "limit" | "exception" | "exit" | "value";
  /** What happened, in a sentence; of an exception its message. */
  readonly message: string;
  /** The limit, where `kind` is "limit". */
  readonly limit?: "time" | "memory" | "output" | "files" | "processes";
  /** The class of the error that was thrown, where `kind` is "exception". */
  readonly name?: string;
}

/** What a program did. */
export interface SandboxResult {
  /** 0 after a good end. The program's own code after `exit`; 124 for the limit on time, 137 on memory; 1 otherwise. */
  readonly exitCode: number;
  /** Absent after a good end. */
  readonly failure?: SandboxFailure;
  /** What it wrote to standard output, at most `outputBytes`; bytes that are no UTF-8 are U+FFFD. */
  readonly stdout: string;
  /** What it wrote to standard error, cut in the same way; an uncaught exception is its last lines. */
  readonly stderr: string;
  /** Bytes that were cut off. Of a run that was killed, those that had been counted until then. */
  readonly cut: { readonly stdout: number; readonly stderr: number };
  /** The entry's result; absent without an entry, after a failure, and where it returned nothing. */
  readonly value?: JsonValue;
  /** Files of the working folder that are new or changed, by relative path. None after a limit or of a run that was killed. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Paths of files that were given and are gone. */
  readonly removed: readonly string[];
  /** Wait for a ready interpreter, in ms: a start, unless one was warm. */
  readonly startMs: number;
  /** Time of the run itself in ms. */
  readonly runMs: number;
  /** True where the interpreter had been started before the run was asked for. */
  readonly isWarm: boolean;
}

/** The languages of hone's sandboxes; "process" is a real process, whose program is a script for the system's `sh`. */
export type SandboxLanguage = "javascript" | "python" | "shell" | "process";

/**
 * Runs programs apart from the host and from each other. What a program does is a result, however bad it is; what it leaves
 * behind is gone with the run. The promises are tests: `sandboxContract` of hone-rl/testing.
 */
export interface Sandbox {
  /** What runs the program, such as "quickjs". */
  readonly name: string;
  /** The language of the programs. */
  readonly language: SandboxLanguage;
  /**
   * Runs a program. Runs may be asked for side by side; those that find no free interpreter wait.
   *
   * @param options.signal  ends the run, also one that waits
   * @throws the reason of the signal; OPTION_INVALID, SANDBOX_FILE_INVALID for what cannot be run; SANDBOX_PACKAGE_MISSING,
   *         SANDBOX_UNAVAILABLE where the interpreter is not installed; SANDBOX_CRASHED when the interpreter died of a fault
   *         of its own; SANDBOX_CLOSED after `close`
   */
  run(program: SandboxProgram, options?: { readonly signal?: AbortSignal }): Promise<SandboxResult>;
  /** Starts interpreters until `count` are warm and free, at most as many as the pool's size. */
  prefill(count?: number): Promise<void>;
  /** Ends all interpreters; runs that still wait or run fail with SANDBOX_CLOSED. */
  close(): Promise<void>;
}
