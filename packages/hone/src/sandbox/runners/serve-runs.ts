/** The loop of a process that runs programs: one request after the other, until standard input ends. */
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { SandboxFailure } from "../../ports/sandbox.ts";
import { replyPipe, type RunEnd, type RunnerReply, type RunRequest } from "./messages.ts";
import { WorkFiles } from "./work-files.ts";

/** What an interpreter gets for one program. */
export interface RunTools {
  readonly request: RunRequest;
  readonly files: WorkFiles;
  /** Writes to the program's stdout or stderr, which are cut at their limits. */
  readonly write: (stream: "stdout" | "stderr", bytes: Uint8Array | string) => void;
  /** To be called when the interpreter is ready and the program's own time begins. */
  readonly started: () => void;
}

/** How a program ended; its files are in `RunTools.files`. */
export interface ProgramEnd {
  readonly exitCode: number;
  readonly failure?: SandboxFailure;
  /** The JSON text of the entry's result. */
  readonly value?: string;
}

/** The time in ms, from before a program may have changed the clock. */
export const realNow: () => number = performance.now.bind(performance);

const encoder = new TextEncoder();

/** Writes a reply; a pipe takes part of a large one at a time. */
function reply(message: RunnerReply): void {
  let rest = encoder.encode(`${JSON.stringify(message)}\n`);
  while (rest.length > 0) rest = rest.subarray(writeSync(replyPipe, rest));
}

/**
 * Serves runs with an interpreter.
 *
 * @param run      runs one program; what it throws is a fault of the interpreter, and ends this process
 * @param between  called after each run, once its end was told. Default: nothing
 */
export async function serveRuns(
  run: (tools: RunTools) => Promise<ProgramEnd>,
  between?: () => void,
): Promise<void> {
  const leave = process.exit.bind(process);
  const lines = createInterface({ input: process.stdin });
  reply({ kind: "ready" });
  try {
    for await (const line of lines) {
      await serveOne(JSON.parse(line) as RunRequest, run);
      between?.();
    }
  } catch (error) {
    reply({ kind: "broken", message: error instanceof Error ? error.message : String(error) });
    leave(1);
  }
  leave(0);
}

async function serveOne(
  request: RunRequest,
  run: (tools: RunTools) => Promise<ProgramEnd>,
): Promise<void> {
  const files = new WorkFiles(request.files, request.limits);
  const output = new CutOutput(request.limits.outputBytes);
  let since = realNow();
  const end = await run({
    request,
    files,
    write: (stream, bytes) => output.write(stream, bytes),
    started: () => {
      since = realNow();
      reply({ kind: "started" });
    },
  });
  const runMs = realNow() - since;
  reply({ kind: "cut", ...output.cut });
  reply({ kind: "end", ...endOf(end, files), runMs });
}

/** Files count only where no limit is passed, so that none of too many is left out in silence. */
function endOf(end: ProgramEnd, files: WorkFiles): Omit<RunEnd, "runMs"> {
  const tooMuch = files.tooMuch();
  if (end.failure?.kind === "limit") return { ...end, ...files.none() };
  if (tooMuch === undefined) {
    const failure = end.failure && cutFailure(end.failure);
    return { ...end, ...(failure !== undefined && { failure }), ...files.changes() };
  }
  const failure: SandboxFailure = { kind: "limit", limit: "files", message: tooMuch };
  return { exitCode: end.exitCode === 0 ? 1 : end.exitCode, failure, ...files.none() };
}

/** Characters of a failure's message and of an error's name; the whole message is in the program's stderr. */
const [maxMessage, maxName] = [16_384, 256];

/** A failure with texts that fit into a reply, however long those are that the program made. */
function cutFailure(failure: SandboxFailure): SandboxFailure {
  const message = cutText(failure.message, maxMessage);
  if (failure.name === undefined) return { ...failure, message };
  return { ...failure, name: cutText(failure.name, maxName), message };
}

const cutText = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length)}… (${text.length} characters)`;

/** Between two replies that say how much was cut off, bytes. A run that is killed has told most of it by then. */
const cutReportBytes = 1024 * 1024;

/** Sends the first bytes of each stream, and counts the others. */
class CutOutput {
  readonly cut = { stdout: 0, stderr: 0 };
  readonly #left: { stdout: number; stderr: number };
  #reported = 0;

  constructor(limit: number) {
    this.#left = { stdout: limit, stderr: limit };
  }

  write(stream: "stdout" | "stderr", data: Uint8Array | string): void {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    const kept = bytes.subarray(0, this.#left[stream]);
    this.#left[stream] -= kept.length;
    if (kept.length > 0)
      reply({ kind: "output", stream, base64: Buffer.from(kept).toString("base64") });
    if (kept.length === bytes.length) return;
    this.cut[stream] += bytes.length - kept.length;
    const next = this.#reported + Math.max(cutReportBytes, this.#reported / 16);
    if (this.cut.stdout + this.cut.stderr < next) return;
    this.#reported = this.cut.stdout + this.cut.stderr;
    reply({ kind: "cut", ...this.cut });
  }
}
