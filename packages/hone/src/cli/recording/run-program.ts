/** Another program in our place: it has our terminal, our signals reach it, and its exit code is ours. */
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { HoneError, messageOf } from "../../core/errors.ts";

/** As shells say it: nothing of that name, and something that cannot be started. */
const [notFound, notStarted] = [127, 126];

/** One press of Ctrl-C may reach us twice, from the terminal's group and through a program that started us. */
const samePressMs = 100;

export interface ProgramEnd {
  readonly code: number;
  /** Why it could not be started. */
  readonly error?: HoneError;
}

/**
 * Runs a program to its end; stdin, stdout and stderr are its own.
 *
 * A terminal sends Ctrl-C to the program as well as to us, so there it is not passed on; we only wait.
 * @returns its exit code, 128 and the signal's number when a signal ended it, 127 when there is no such program, 126 when
 *   it cannot be started
 */
export async function runProgram(
  command: readonly [string, ...string[]],
  environment: NodeJS.ProcessEnv,
): Promise<ProgramEnd> {
  const [program, ...words] = command;
  let child: ChildProcess;
  try {
    child = spawn(program, words, { stdio: "inherit", env: environment });
  } catch (error) {
    // A name that is none, a path through a file: refused before anything is tried.
    return failedStart(program, error);
  }
  const release = passSignals((signal) => child.kill(signal));
  return new Promise<ProgramEnd>((resolve) => {
    child.on("error", (error) => {
      // A signal that could not be sent is no failed start.
      if (child.pid === undefined) resolve(failedStart(program, error));
    });
    child.on("exit", (code, signal) => {
      resolve({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) });
    });
  }).finally(release);
}

function failedStart(program: string, error: unknown): ProgramEnd {
  const { code } = error as NodeJS.ErrnoException;
  const isMissing = code === "ENOENT" || program === "";
  const reason = isMissing
    ? "there is no such program"
    : code === "EACCES"
      ? "permission denied"
      : messageOf(error);
  const failure = new HoneError("PROGRAM_NOT_STARTED", { program, reason }, { cause: error });
  return { code: isMissing ? notFound : notStarted, error: failure };
}

function passSignals(pass: (signal: NodeJS.Signals) => void): () => void {
  const hasTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  let last = Number.NEGATIVE_INFINITY;
  const onInterrupt = (): void => {
    const now = performance.now();
    if (!hasTerminal && now - last >= samePressMs) pass("SIGINT");
    last = now;
  };
  const others = ["SIGTERM", "SIGHUP", "SIGQUIT"] as const;
  const onOther = (signal: NodeJS.Signals): void => pass(signal);
  process.on("SIGINT", onInterrupt);
  for (const signal of others) process.on(signal, onOther);
  return () => {
    process.off("SIGINT", onInterrupt);
    for (const signal of others) process.off(signal, onOther);
  };
}
