/** One program in Python: its files, its output, its outcome. */
import type { PyodideAPI } from "pyodide";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { SandboxFailure } from "../../ports/sandbox.ts";
import { MemoryFiles } from "./memory-files.ts";
import { memory } from "./python-interpreter.ts";
import type { ProgramEnd, RunTools } from "./serve-runs.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What a program runs in. */
export interface PythonParts {
  readonly python: PyodideAPI;
  readonly clock: VirtualClock;
  readonly tools: RunTools;
}

/** How the harness words an outcome, see python-harness.ts. */
type Outcome =
  | { readonly kind: "ok"; readonly value?: string }
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "memory" }
  | { readonly kind: "exception"; readonly name: string; readonly message: string }
  | { readonly kind: "value"; readonly message: string };

/** The harness's functions as JavaScript calls them. A program can change what Python makes JSON with, and so what they return. */
interface Harness {
  begin(seed: number): unknown;
  run(main: unknown, code: string): unknown;
  call(main: unknown, name: string, json: string): unknown;
}

export class PythonProgram {
  readonly #python: PyodideAPI;
  readonly #clock: VirtualClock;
  readonly #tools: RunTools;
  readonly #disk: MemoryFiles;

  constructor({ python, clock, tools }: PythonParts) {
    this.#python = python;
    this.#clock = clock;
    this.#tools = tools;
    this.#disk = new MemoryFiles(python.FS, tools.request.limits);
  }

  run(): ProgramEnd {
    const { request, files, started, write } = this.#tools;
    this.#disk.writeAll(files);
    this.#streams();
    const harness = this.#python.globals.get("_hone") as Harness;
    const main = harness.begin(request.seed);
    this.#python.globals.clear();
    started();
    const end = this.#ended(harness, main);
    try {
      files.replaceAll(this.#disk.readAll());
    } catch (error) {
      // An interpreter that died may have left its files unreadable.
      write("stderr", `${String(error)}\n`);
    }
    if (this.#disk.wasRefused) files.refuse();
    return end;
  }

  #ended(harness: Harness, main: unknown): ProgramEnd {
    try {
      return this.#outcome(harness, main);
    } catch (error) {
      return this.#died(error);
    }
  }

  #outcome(harness: Harness, main: unknown): ProgramEnd {
    const { request } = this.#tools;
    const ran = readOutcome(harness.run(main, request.code));
    if (ran.kind !== "ok" || request.entry === undefined) return this.#end(ran);
    const given = JSON.stringify(request.entry.arguments);
    const called = harness.call(main, request.entry.function, given);
    return this.#end(readOutcome(called));
  }

  #end(outcome: Outcome): ProgramEnd {
    switch (outcome.kind) {
      case "ok":
        return this.#valued(outcome.value);
      case "exit":
        return exited(outcome.code);
      case "memory":
        return this.#outOfMemory();
      default:
        return { exitCode: 1, failure: outcome };
    }
  }

  #valued(value: string | undefined): ProgramEnd {
    if (value === undefined) return { exitCode: 0 };
    const limit = this.#tools.request.limits.outputBytes;
    if (Buffer.byteLength(value) <= limit) return { exitCode: 0, value };
    const message = `the value has more than ${limit} bytes of JSON (limits.outputBytes)`;
    return { exitCode: 1, failure: { kind: "limit", limit: "output", message } };
  }

  #outOfMemory(): ProgramEnd {
    const limit = `${this.#tools.request.limits.memoryMb} MB (limits.memoryMb)`;
    const message = `the program asked for more memory than ${limit}`;
    return { exitCode: 137, failure: { kind: "limit", limit: "memory", message } };
  }

  /** The interpreter itself ended: by `os._exit`, for want of memory, or by a fault that the program found. */
  #died(error: unknown): ProgramEnd {
    const text = error instanceof Error ? error.message : String(error);
    if (memory.wasRefused || /allocation failed/.test(text)) return this.#outOfMemory();
    const status = error instanceof Object && "status" in error ? Number(error.status) : Number.NaN;
    if (Number.isInteger(status)) return exited(status & 0xff);
    this.#tools.write("stderr", `${text}\n`);
    const failure: SandboxFailure = {
      kind: "exception",
      name: "SystemError",
      message: `the interpreter died: ${text}`,
    };
    return { exitCode: 1, failure };
  }

  #streams(): void {
    const { request, write } = this.#tools;
    const stream = (name: "stdout" | "stderr") => ({
      write: (bytes: Uint8Array): number => {
        write(name, bytes);
        return bytes.length;
      },
    });
    this.#python.setStdout(stream("stdout"));
    this.#python.setStderr(stream("stderr"));
    let input: Uint8Array = new TextEncoder().encode(request.stdin);
    this.#python.setStdin({
      read: (into: Uint8Array): number => {
        const piece = input.subarray(0, into.length);
        into.set(piece);
        input = input.subarray(piece.length);
        return piece.length;
      },
    });
    this.#disk.makeDevice("clock", (line) => this.#clock.advance(Number(line)));
  }
}

/** An outcome as the harness words it; an exception where the program has spoilt it. */
function readOutcome(text: unknown): Outcome {
  let value: unknown;
  try {
    value = JSON.parse(String(text));
  } catch {
    value = undefined;
  }
  return isObject(value) ? (outcomeOf(value) ?? unreadable) : unreadable;
}

function outcomeOf({ kind, value, code, name, message }: JsonObject): Outcome | undefined {
  if (kind === "memory") return { kind };
  if (kind === "ok" && value === undefined) return { kind };
  if (kind === "ok" && typeof value === "string") return { kind, value };
  if (kind === "exit" && typeof code === "number") return { kind, code: code & 0xff };
  if (typeof message !== "string") return undefined;
  if (kind === "value") return { kind, message };
  return kind === "exception" && typeof name === "string" ? { kind, name, message } : undefined;
}

const unreadable: Outcome = {
  kind: "exception",
  name: "SystemError",
  message: "the program's outcome cannot be read",
};

function exited(code: number): ProgramEnd {
  if (code === 0) return { exitCode: 0 };
  const message = `the program ended with code ${code}`;
  return { exitCode: code, failure: { kind: "exit", message } };
}
