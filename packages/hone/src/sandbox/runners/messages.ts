/**
 * What travels between hone and the process that runs programs: lines of JSON. A request goes in on standard input; replies
 * come on a pipe of their own (file descriptor 3), so that nothing that a library prints is mistaken for one.
 */
import type { JsonValue } from "../../core/json.ts";
import type { SandboxFailure, SandboxLimits } from "../../ports/sandbox.ts";

/** The file descriptor of replies. */
export const replyPipe = 3;

/** A program to run. Bytes travel as base64. */
export interface RunRequest {
  readonly code: string;
  readonly files: readonly (readonly [path: string, base64: string])[];
  readonly stdin: string;
  readonly entry:
    | { readonly function: string; readonly arguments: readonly JsonValue[] }
    | undefined;
  readonly limits: SandboxLimits;
  readonly seed: number;
  readonly now: number;
}

/** How a run ended, in the runner's words. */
export interface RunEnd {
  readonly exitCode: number;
  readonly failure?: SandboxFailure;
  /** The JSON text of the entry's result. */
  readonly value?: string;
  readonly files: readonly (readonly [path: string, base64: string])[];
  readonly removed: readonly string[];
  readonly runMs: number;
}

export type RunnerReply =
  /** The interpreter is ready for a program. */
  | { readonly kind: "ready" }
  /** The program starts now; its time counts from here. */
  | { readonly kind: "started" }
  /** A piece of what the program wrote. */
  | { readonly kind: "output"; readonly stream: "stdout" | "stderr"; readonly base64: string }
  /** Bytes that have been cut off until now. */
  | { readonly kind: "cut"; readonly stdout: number; readonly stderr: number }
  | ({ readonly kind: "end" } & RunEnd)
  /** The interpreter cannot run programs, for a reason that is no program's. */
  | { readonly kind: "broken"; readonly message: string };
