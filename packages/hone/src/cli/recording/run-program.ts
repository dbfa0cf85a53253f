/** Runs another program in place of this one: it has the terminal, gets the signals, and its exit code is passed on. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants as modes, statSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { HoneError, messageOf } from "../../core/errors.ts";

/** The exit codes of shells when there is no program of that name, and when a program cannot be started. */
const [notFound, notStarted] = [127, 126];

/** Two SIGINT within this time, in ms, are one press of Ctrl-C: one from the terminal's group, one sent on by our parent. */
const samePressMs = 100;

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number;
  /** Why it could not be started; absent when it was. */
  readonly error?: HoneError;
}

/**
 * Runs a program to its end. It inherits stdin, stdout and stderr.
 *
 * A terminal sends Ctrl-C to this process and to the program, so on a terminal Ctrl-C is not passed on.
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
    // Some names are refused at once: a name with a zero byte, a path through a file.
    return failedStart(program, error);
  }
  const release = passSignals((signal) => child.kill(signal));
  return new Promise<ProgramEnd>((resolve) => {
    child.on("error", (error) => {
      // A program that runs has a pid; its errors are signals that could not be sent.
      if (child.pid === undefined) resolve(failedStart(program, error));
    });
    child.on("exit", (code, signal) => {
      resolve({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) });
    });
  }).finally(release);
}

/**
 * How the program would end that is not there or may not be run, without trying to start it: so that nothing is made for its
 * recording. Undefined where only starting it can tell.
 */
export function missingProgram(
  program: string,
  { PATH: path }: NodeJS.ProcessEnv,
): ProgramEnd | undefined {
  // Windows finds programs by other rules; a name with a zero byte is refused at its start, with the reason.
  if (process.platform === "win32" || program.includes("\0")) return undefined;
  const isPath = program.includes("/");
  if (!isPath && (path === undefined || path === "")) return undefined;
  const places = isPath ? [program] : path!.split(delimiter).map((folder) => join(folder, program));
  const codes = places.map(startCode);
  if (program !== "" && codes.includes(undefined)) return undefined;
  return failedStart(program, { code: codes.includes("EACCES") ? "EACCES" : "ENOENT" });
}

/** Why the file cannot be started, as the system's code; undefined where it can, or for another reason than these two. */
function startCode(file: string): string | undefined {
  try {
    accessSync(file, modes.X_OK);
    return statSync(file).isFile() ? undefined : "EACCES";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "EACCES" ? code : undefined;
  }
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
