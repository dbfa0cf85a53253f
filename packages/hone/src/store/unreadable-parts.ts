/** What a store does about parts of it that cannot be read: it tells each once, and goes on. */
import { type HoneError, isHoneError } from "../core/errors.ts";

export interface ProblemOptions {
  /** Hears of everything that cannot be read, once each. Default: a warning of the process. */
  readonly onProblem?: (problem: HoneError) => void;
}

const damages: readonly HoneError["code"][] = [
  "STORE_DAMAGED",
  "FILE_DAMAGED",
  "FORMAT_UNKNOWN_VERSION",
];

/** Whether the error is of one part of a store, and others may be read though. */
export const isDamage = (error: unknown): error is HoneError =>
  isHoneError(error) && damages.includes(error.code);

/** @returns a listener that hears of each problem once */
export function tellOnce({ onProblem = warn }: ProblemOptions): (problem: HoneError) => void {
  const told = new Set<string>();
  return (problem) => {
    if (told.has(problem.message)) return;
    told.add(problem.message);
    onProblem(problem);
  };
}

const warn = (problem: HoneError): void =>
  process.emitWarning(problem.message, { type: "HoneWarning", code: problem.code });
