/** Runs a program outside for one task: the task goes in on stdin, the answer comes back as the last line of stdout. */
import { spawn } from "node:child_process";
import { HoneError } from "../core/errors.ts";

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
  /** Ends the program and whatever it has started. */
  readonly signal: AbortSignal;
}

/** Characters kept of the end of each output, so that a program may write without end. */
const keptCharacters = 65_536;

/**
 * The last line that the program writes to stdout, without white space around it; "" where it writes none.
 * @throws COMMAND_FAILED for a program that cannot be started, ends with another code than 0, or writes a last line of more than
 *         65,536 characters; CANCELLED when the signal aborts
 */
export async function commandAnswer(run: CommandRun): Promise<string> {
  const { command, folder, environment, input, signal } = run;
  if (signal.aborted) throw cancelled(command);
  // A group of its own, which is ended as a whole. Windows has no groups.
  const isGroup = process.platform !== "win32";
  const child = spawn(command, {
    ...{ cwd: folder, env: environment, shell: true, detached: isGroup, windowsHide: true },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const [stdout, stderr] = [tailOf(child.stdout), tailOf(child.stderr)];
  // A program that does not read its task is no error.
  child.stdin.on("error", () => undefined).end(input);
  const kill = (): void => killGroup(child.pid, isGroup);
  signal.addEventListener("abort", kill, { once: true });
  try {
    const end = Promise.withResolvers<string | undefined>();
    child.once("error", (error) => end.resolve(`cannot be started: ${error.message}`));
    child.once("exit", (code, by) => end.resolve(endText(code, by)));
    const problem = await end.promise;
    // What the program has left running must not write or call the model any more.
    kill();
    await Promise.all([stdout.ended, stderr.ended]);
    if (signal.aborted) throw cancelled(command);
    if (problem !== undefined) throw failed(command, problem, stderr.text());
    return lastLine(command, stdout.text());
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

function lastLine(command: string, text: string): string {
  const trimmed = text.trimEnd();
  const start = trimmed.lastIndexOf("\n") + 1;
  if (start === 0 && text.length >= keptCharacters) {
    throw failed(command, `wrote a last line of more than ${keptCharacters} characters`, "");
  }
  return trimmed.slice(start).trim();
}

const endText = (code: number | null, by: NodeJS.Signals | null): string | undefined =>
  code === 0 ? undefined : code === null ? `was ended by ${by}` : `ended with exit code ${code}`;

function failed(command: string, problem: string, stderr: string): HoneError<"COMMAND_FAILED"> {
  const end = stderr.trim().slice(-500);
  return new HoneError("COMMAND_FAILED", {
    command,
    problem,
    stderr: end === "" ? "nothing" : end,
  });
}

const cancelled = (command: string): HoneError =>
  new HoneError("CANCELLED", { what: `The program \`${command}\`` });

function killGroup(pid: number | undefined, isGroup: boolean): void {
  if (pid === undefined) return;
  try {
    process.kill(isGroup ? -pid : pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** The last characters of a stream. */
function tailOf(stream: NodeJS.ReadableStream) {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (piece: string) => (text = (text + piece).slice(-keptCharacters)));
  const ended = new Promise<void>((resolve) => {
    stream.once("close", resolve);
    stream.once("error", () => resolve());
  });
  return { ended, text: () => text };
}
