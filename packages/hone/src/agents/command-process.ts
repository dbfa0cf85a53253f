/** Runs a program outside for one task: the task goes in on stdin, the answer comes back in a file or as the last line of stdout. */
import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { endGroup } from "../core/end-group.ts";
import { HoneError } from "../core/errors.ts";
import { fileReason } from "../core/file-reason.ts";
import type { ProgramOutput } from "../core/rollout.ts";
import { keptCharacters, outputTail } from "./output-tail.ts";

/** One run of a program. */
export interface CommandRun {
  /** The command line, for the system's shell. */
  readonly command: string;
  /** The folder that it runs in. */
  readonly folder: string;
  /** Its environment. */
  readonly environment: NodeJS.ProcessEnv;
  /** What it reads from stdin. */
  readonly input: string;
  /** The file that it may write its answer into. */
  readonly answerFile: string;
  /** Is given what the program wrote, once it has ended or is ended. */
  readonly keepOutput: (output: ProgramOutput) => void;
  /** Ends the program and whatever it has started. */
  readonly signal: AbortSignal;
}

/**
 * What the program wrote into its answer file, else the last line that it wrote to stdout, without white space around it; ""
 * where it wrote neither.
 * @throws COMMAND_FAILED for a program that cannot be started, ends with another code than 0, or whose answer is longer than
 *         65,536 characters; CANCELLED when the signal aborts
 */
export async function commandAnswer(run: CommandRun): Promise<string> {
  const { command, folder, environment, input, signal } = run;
  if (signal.aborted) throw programCancelled(command);
  // A group of its own, which is ended as a whole. Windows has no groups.
  const isGroup = process.platform !== "win32";
  const child = spawn(command, {
    ...{ cwd: folder, env: environment, shell: true, detached: isGroup, windowsHide: true },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const [stdout, stderr] = [outputTail(child.stdout), outputTail(child.stderr)];
  const keep = (): void => run.keepOutput({ stdout: stdout.shown(), stderr: stderr.shown() });
  // A program that does not read its task is no error.
  child.stdin.on("error", () => undefined).end(input);
  const kill = (): void => endGroup(child.pid, isGroup);
  // At a deadline the rollout is over before the program has ended, so the output so far is kept now.
  const end = (): void => {
    keep();
    kill();
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    const ended = Promise.withResolvers<string | undefined>();
    child.once("error", (error) => ended.resolve(`cannot be started: ${error.message}`));
    child.once("exit", (code, by) => ended.resolve(endText(code, by)));
    const problem = await ended.promise;
    // What the program has left running must not write or call the model any more.
    kill();
    await Promise.all([stdout.ended, stderr.ended]);
    if (signal.aborted) throw programCancelled(command);
    keep();
    if (problem !== undefined) throw programFailed(command, problem, stderr.text());
    return (await writtenAnswer(run)) ?? lastLine(command, stdout.text());
  } finally {
    signal.removeEventListener("abort", end);
  }
}

/** What the program wrote into its answer file; undefined where it wrote none. */
async function writtenAnswer({ command, answerFile }: CommandRun): Promise<string | undefined> {
  const file = await open(answerFile).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw programFailed(command, `wrote an answer that cannot be read (${fileReason(cause)})`, "");
  });
  if (file === undefined) return undefined;
  try {
    const buffer = Buffer.alloc(keptCharacters + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) return buffer.toString("utf8", 0, length).trim();
      length += bytesRead;
      if (length > keptCharacters) {
        throw programFailed(command, `wrote an answer of more than ${keptCharacters} bytes`, "");
      }
    }
  } finally {
    await file.close();
  }
}

function lastLine(command: string, text: string): string {
  const trimmed = text.trimEnd();
  const start = trimmed.lastIndexOf("\n") + 1;
  if (start === 0 && text.length >= keptCharacters) {
    throw programFailed(command, `wrote a last line of more than ${keptCharacters} characters`, "");
  }
  return trimmed.slice(start).trim();
}

/** How a program ended, in words; undefined where it ended well. */
export const endText = (code: number | null, by: NodeJS.Signals | null): string | undefined =>
  code === 0 ? undefined : code === null ? `was ended by ${by}` : `ended with exit code ${code}`;

/** @param stderr  what it wrote there, whose end is shown */
export function programFailed(
  command: string,
  problem: string,
  stderr: string,
): HoneError<"COMMAND_FAILED"> {
  // Node's own frames would push out the line that says what is wrong.
  const lines = stderr.split("\n").filter((line) => !/^\s+at .*\(?node:/.test(line));
  const end = lines.join("\n").trim().slice(-500);
  return new HoneError("COMMAND_FAILED", {
    command,
    problem,
    stderr: end === "" ? "nothing" : end,
  });
}

/** The error of a program that is ended by its rollout. */
export const programCancelled = (command: string): HoneError =>
  new HoneError("CANCELLED", { what: `The program \`${command}\`` });
