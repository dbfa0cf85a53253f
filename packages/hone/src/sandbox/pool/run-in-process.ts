/** One run in a process: what it sends becomes the result, and its limits hold, whatever happens in there. */
import { HoneError } from "../../core/errors.ts";
import type { SandboxResult } from "../../ports/sandbox.ts";
import type { CheckedProgram } from "../check-program.ts";
import type { RunRequest } from "../runners/messages.ts";
import { maxPathLength, workPath } from "../work-path.ts";
import type { CheckedEnd, CheckedReply } from "./read-reply.ts";
import type { RunnerProcess } from "./runner-process.ts";

/** What is known about the interpreter beside the program. */
export interface RunSettings {
  /** The sandbox's name, for errors. */
  readonly name: string;
  /** An interpreter that ends a program in time by itself is killed this many ms after the limit only. */
  readonly graceMs: number;
  readonly signal: AbortSignal | undefined;
}

type Ran = Omit<SandboxResult, "startMs" | "isWarm">;

/** A program's interpreter may take that long to make its state anew, also on a busy machine. */
const beginMs = 120_000;

/**
 * Runs a program in a process.
 * @throws the signal's reason; SANDBOX_CRASHED
 */
export function runInProcess(
  process: RunnerProcess,
  program: CheckedProgram,
  settings: RunSettings,
): Promise<Ran> {
  return new RunInProcess(process, program, settings).result;
}

class RunInProcess {
  readonly result: Promise<Ran>;
  readonly #process: RunnerProcess;
  readonly #program: CheckedProgram;
  readonly #settings: RunSettings;
  readonly #output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  readonly #resolve: (result: Ran) => void;
  readonly #reject: (error: unknown) => void;
  readonly #outputBytes = { stdout: 0, stderr: 0 };
  #cut = { stdout: 0, stderr: 0 };
  #isStarted = false;
  #startedAt = performance.now();
  #timer: NodeJS.Timeout;

  constructor(process: RunnerProcess, program: CheckedProgram, settings: RunSettings) {
    this.#process = process;
    this.#program = program;
    this.#settings = settings;
    const { promise, resolve, reject } = Promise.withResolvers<Ran>();
    [this.#resolve, this.#reject] = [resolve, reject];
    this.#timer = setTimeout(() => process.kill("it did not begin with the program"), beginMs);
    this.result = promise.finally(() => {
      clearTimeout(this.#timer);
      settings.signal?.removeEventListener("abort", this.#abort);
    });
    settings.signal?.addEventListener("abort", this.#abort, { once: true });
    process.send(JSON.stringify(requestOf(program)), {
      replyBytes: replyBytes(program),
      reply: (reply) => this.#take(reply),
      ended: (problem) => this.#ended(problem),
    });
    if (settings.signal?.aborted === true) this.#abort();
  }

  readonly #abort = (): void => {
    this.#reject(this.#settings.signal?.reason);
    this.#process.kill("the run was aborted");
  };

  #take(reply: CheckedReply): void {
    switch (reply.kind) {
      case "started":
        this.#begin();
        return;
      case "output":
        this.#keep(reply.stream, Buffer.from(reply.base64, "base64"));
        return;
      case "cut":
        this.#cut = { stdout: reply.stdout, stderr: reply.stderr };
        return;
      case "end":
        this.#end(reply);
        return;
      case "broken":
        this.#process.kill(reply.message);
        return;
      case "ready":
        this.#process.kill("it said once more that it is ready");
    }
  }

  #keep(stream: "stdout" | "stderr", bytes: Buffer): void {
    this.#outputBytes[stream] += bytes.length;
    if (this.#outputBytes[stream] > this.#program.limits.outputBytes)
      this.#process.kill("it sent more output than the program may write");
    else if (bytes.length > 0) this.#output[stream].push(bytes);
  }

  /** Starts the program's clock; a second start would give it more time than its limit. */
  #begin(): void {
    const { timeMs } = this.#program.limits;
    if (this.#isStarted) {
      this.#process.kill("it said twice that the program started");
      return;
    }
    this.#isStarted = true;
    this.#startedAt = performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#late(), timeMs + this.#settings.graceMs);
  }

  #late(): void {
    const { timeMs } = this.#program.limits;
    const message = `the program ran longer than ${timeMs} ms (limits.timeMs)`;
    this.#killed({ exitCode: 124, failure: { kind: "limit", limit: "time", message } });
    this.#process.kill("a program ran too long");
  }

  /** The process is gone before the program's end was told. */
  #ended(problem: string): void {
    if (isOutOfMemory(problem)) {
      const { memoryMb } = this.#program.limits;
      const message = `the program asked for more memory than ${memoryMb} MB (limits.memoryMb)`;
      this.#killed({ exitCode: 137, failure: { kind: "limit", limit: "memory", message } });
    } else
      this.#reject(new HoneError("SANDBOX_CRASHED", { sandbox: this.#settings.name, problem }));
  }

  #killed(how: Pick<SandboxResult, "exitCode" | "failure">): void {
    const runMs = performance.now() - this.#startedAt;
    this.#resolve({ ...how, ...this.#texts(), files: {}, removed: [], runMs });
  }

  #end({ exitCode, failure, value, files: packed, removed, runMs }: CheckedEnd): void {
    const files = packed.map(
      ([path, base64]) => [path, Uint8Array.from(Buffer.from(base64, "base64"))] as const,
    );
    if (!this.#mayChange(files, removed)) {
      this.#process.kill("it handed back files that no program may write");
      return;
    }
    this.#resolve({
      exitCode,
      ...(failure !== undefined && { failure }),
      ...this.#texts(),
      ...(value !== undefined && { value }),
      files: Object.fromEntries(files),
      removed,
      runMs,
    });
  }

  /** A runner keeps to the limits on files and to the working folder, unless a program has taken it over. */
  #mayChange(
    files: readonly (readonly [path: string, bytes: Uint8Array])[],
    removed: readonly string[],
  ): boolean {
    const { files: given, limits } = this.#program;
    return (
      files.length <= limits.fileCount &&
      files.reduce((sum, [, { length }]) => sum + length, 0) <= limits.fileBytes &&
      files.every(([path]) => workPath(path) === path) &&
      removed.every((path) => given.has(path))
    );
  }

  #texts(): Pick<SandboxResult, "stdout" | "stderr" | "cut"> {
    const text = (pieces: readonly Buffer[]) => new TextDecoder().decode(Buffer.concat(pieces));
    const { stdout, stderr } = this.#output;
    return { stdout: text(stdout), stderr: text(stderr), cut: this.#cut };
  }
}

/** How V8, the memory of WebAssembly and the system say that there is no more memory. */
const isOutOfMemory = (problem: string): boolean =>
  /out of memory|allocation failed|bad_alloc|Cannot allocate memory/i.test(problem);

function requestOf({ files, ...program }: CheckedProgram): RunRequest {
  const packed = [...files].map(
    ([path, bytes]) => [path, Buffer.from(bytes).toString("base64")] as const,
  );
  return { ...program, files: packed };
}

/**
 * Characters that the replies to one run can have: everything it may hand back, as base64 or JSON, and some for the rest. A program
 * that writes single characters makes a reply of some 60 characters of each, on both streams.
 */
const replyBytes = ({ limits }: CheckedProgram): number =>
  1024 * 1024 +
  128 * limits.outputBytes +
  2 * limits.fileBytes +
  (6 * maxPathLength + 64) * limits.fileCount;
