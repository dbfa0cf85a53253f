/**
 * One program in QuickJS. Nothing of the host is within its reach but the functions that are made here: they take and return
 * texts, numbers and bytes, and throw errors of the guest.
 */
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from "quickjs-emscripten-core";
import type { SandboxFailure } from "../../ports/sandbox.ts";
import { workPath } from "../work-path.ts";
import { javascriptGuest } from "./javascript-guest.ts";
import { type ProgramEnd, realNow, type RunTools } from "./serve-runs.ts";

/** Jobs of promises that run before the clock is looked at again. */
const jobsAtOnce = 256;

/** MB of memory that describing an error may take beside the program's limit. */
const describeMb = 4;

/** The program's clock in ms since 1970. */
export interface GuestClock {
  now: number;
}

/** What a program runs in. */
export interface JavaScriptParts {
  readonly runtime: QuickJSRuntime;
  readonly context: QuickJSContext;
  readonly clock: GuestClock;
  readonly tools: RunTools;
}

/** What a step of the guest gave: an error that it threw, or a value. */
interface StepResult {
  readonly error?: QuickJSHandle | undefined;
  readonly value?: QuickJSHandle | undefined;
}

/** The guest's functions that the host calls, see javascript-guest.ts. */
type GuestFunction = "toJson" | "describe" | "runTimer" | "call";

/** Ends a run from within: the way out of every function below. */
class Ended extends Error {
  readonly end: ProgramEnd;

  constructor(end: ProgramEnd) {
    super("ended");
    this.end = end;
  }
}

/** Runs one program; handles are not freed, since the whole instance is dropped after it. */
export class JavaScriptProgram {
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #tools: RunTools;
  readonly #clock: GuestClock;
  #deadline = Infinity;
  readonly #guest: QuickJSHandle;
  #exitCode: number | undefined;

  constructor({ runtime, context, clock, tools }: JavaScriptParts) {
    this.#runtime = runtime;
    this.#context = context;
    this.#tools = tools;
    this.#clock = clock;
    runtime.setModuleLoader((name) => this.#moduleText(name), moduleName);
    const make = context.unwrapResult(context.evalCode(javascriptGuest, "hone"));
    const host = this.#hostFunctions();
    this.#guest = context.unwrapResult(context.callFunction(make, context.undefined, host));
  }

  /** Its time begins here: what is made for it before must not be interrupted. */
  run(): ProgramEnd {
    this.#deadline = realNow() + this.#tools.request.limits.timeMs;
    this.#runtime.setInterruptHandler(() => this.#exitCode !== undefined || this.#isLate());
    try {
      return this.#runAll();
    } catch (error) {
      if (error instanceof Ended) return error.end;
      // Calls that QuickJS counts as few may be too many for the stack of the process.
      if (error instanceof RangeError) return stackOverflow;
      // A program that makes the interpreter fail must not get out of its result by it.
      return died(error);
    }
  }

  #runAll(): ProgramEnd {
    const { code, entry } = this.#tools.request;
    const isModule = /^\s*(?:import|export)\b/m.test(code);
    const type = isModule ? "module" : "global";
    const context = this.#context;
    const result = this.#settled(this.#done(context.evalCode(code, "/work/main.js", { type })));
    if (entry === undefined) return { exitCode: 0 };
    const value = this.#valueOf(this.#entry(isModule ? result : undefined));
    return { exitCode: 0, ...(value !== undefined && { value }) };
  }

  /** The function that the program defines under the entry's name: an export of a module, or a name at the top level. */
  #entry(exported: QuickJSHandle | undefined): QuickJSHandle {
    const name = this.#tools.request.entry!.function;
    const context = this.#context;
    let found = exported === undefined ? context.undefined : context.getProp(exported, name);
    if (context.typeof(found) !== "function") {
      // `let` and `const` at the top level are no fields of the global object, so the name is evaluated.
      const evaluated = context.evalCode(`typeof ${name} === "function" ? ${name} : undefined`);
      found = this.#done(evaluated);
    }
    if (context.typeof(found) === "function") return found;
    throw this.#noValue(`the program defines no function ${name} at its top level`);
  }

  #valueOf(callee: QuickJSHandle): string | undefined {
    const context = this.#context;
    const given = context.newString(JSON.stringify(this.#tools.request.entry!.arguments));
    const returned = this.#settled(this.#done(this.#callGuest("call", callee, given)));
    const json = this.#callGuest("toJson", returned);
    if (json.error !== undefined) {
      if (this.#exitCode !== undefined || this.#isLate()) this.#done(json);
      throw this.#noValue(this.#describe(json.error).message);
    }
    if (context.typeof(json.value) === "undefined") return undefined;
    const text = context.getString(json.value);
    // QuickJS hands out nothing of a text that it has no memory to copy.
    if (text === "") throw this.#outOfMemory();
    const limit = this.#tools.request.limits.outputBytes;
    if (Buffer.byteLength(text) <= limit) return text;
    const message = `the value has more than ${limit} bytes of JSON (limits.outputBytes)`;
    throw this.#failed({ kind: "limit", limit: "output", message }, 1);
  }

  #callGuest(name: GuestFunction, ...values: QuickJSHandle[]) {
    const callee = this.#context.getProp(this.#guest, name);
    return this.#context.callFunction(callee, this.#context.undefined, ...values);
  }

  /** Runs jobs and timers until there are none, and a promise's result in place of the promise. */
  #settled(value: QuickJSHandle): QuickJSHandle {
    for (let isBusy = true; isBusy;) {
      while (this.#runtime.hasPendingJob()) {
        const jobs = this.#runtime.executePendingJobs(jobsAtOnce);
        if (jobs.error !== undefined) this.#done({ error: jobs.error });
        if (this.#exitCode !== undefined || this.#isLate()) throw this.#ended();
      }
      isBusy = this.#context.dump(this.#done(this.#callGuest("runTimer"))) === true;
    }
    const state = this.#context.getPromiseState(value);
    if (state.type === "fulfilled") return state.value;
    if (state.type === "rejected") this.#done({ error: state.error });
    throw this.#noValue("a promise never settles: nothing is left that could run");
  }

  /** The value of a step that ended well; otherwise the run ends with what the program threw. */
  #done(result: StepResult): QuickJSHandle {
    if (result.error === undefined) return result.value!;
    if (this.#exitCode !== undefined || this.#isLate()) throw this.#ended();
    const { name, message, stack } = this.#describe(result.error);
    if (name === "InternalError" && message === "out of memory") throw this.#outOfMemory();
    this.#tools.write("stderr", `${name}: ${message}\n${stack}`);
    throw this.#failed({ kind: "exception", name, message }, 1);
  }

  /** An error of the guest in words. Some memory is left for it, whatever the program has used: its getters run. */
  #describe(error: QuickJSHandle): ErrorText {
    const { memoryMb } = this.#tools.request.limits;
    this.#runtime.setMemoryLimit((memoryMb + describeMb) * 1024 * 1024);
    const described = this.#callGuest("describe", error);
    const text = described.error === undefined ? this.#context.getString(described.value) : "";
    return readErrorText(text);
  }

  #outOfMemory(): Ended {
    const limit = `${this.#tools.request.limits.memoryMb} MB (limits.memoryMb)`;
    const message = `the program asked for more memory than ${limit}`;
    return this.#failed({ kind: "limit", limit: "memory", message }, 137);
  }

  #isLate(): boolean {
    return realNow() > this.#deadline;
  }

  #ended(): Ended {
    const code = this.#exitCode;
    if (code === 0) return new Ended({ exitCode: 0 });
    if (code !== undefined)
      return this.#failed({ kind: "exit", message: `the program ended with code ${code}` }, code);
    const message = `the program ran longer than ${this.#tools.request.limits.timeMs} ms (limits.timeMs)`;
    return this.#failed({ kind: "limit", limit: "time", message }, 124);
  }

  #failed(failure: SandboxFailure, exitCode: number): Ended {
    return new Ended({ exitCode, failure });
  }

  #noValue(message: string): Ended {
    return this.#failed({ kind: "value", message }, 1);
  }

  #moduleText(name: string): string {
    const bytes = this.#tools.files.get(workPath(name) ?? "");
    if (bytes === undefined) throw new Error(`there is no module ${name} in the working folder`);
    return new TextDecoder().decode(bytes);
  }

  #hostFunctions(): QuickJSHandle {
    const context = this.#context;
    const { files, request, write } = this.#tools;
    const text = (handle: QuickJSHandle): string => String(JSON.parse(context.getString(handle)));
    const given = (value: string) => context.newString(JSON.stringify(value));
    const functions: Readonly<Record<string, (...values: QuickJSHandle[]) => QuickJSHandle>> = {
      write: (stream, data) => {
        write(context.getString(stream!) === "stderr" ? "stderr" : "stdout", text(data!));
        return context.undefined;
      },
      stdin: () => given(request.stdin),
      clock: () => context.newNumber(this.#clock.now),
      setClock: (at) => {
        this.#clock.now = Math.max(this.#clock.now, Math.floor(context.getNumber(at!)));
        return context.undefined;
      },
      exit: (code) => {
        this.#exitCode = context.getNumber(code!) & 0xff;
        throw new Error("exit");
      },
      readText: (path) => given(new TextDecoder().decode(this.#read(text(path!)))),
      readBytes: (path) => context.newArrayBuffer(new Uint8Array(this.#read(text(path!))).buffer),
      writeText: (path, data) => this.#write(text(path!), Buffer.from(text(data!))),
      writeBytes: (path, data) => {
        const bytes = context.getArrayBuffer(data!);
        return this.#write(text(path!), Uint8Array.from(bytes.value));
      },
      removeFile: (path) => {
        const known = workPath(text(path!));
        if (known !== undefined && files.remove(known)) return context.undefined;
        throw new Error(`ENOENT: there is no file ${text(path!)} in the working folder`);
      },
      listFiles: () => context.newString(JSON.stringify(files.paths())),
    };
    const host = context.newObject();
    for (const [name, call] of Object.entries(functions)) {
      context.setProp(host, name, context.newFunction(name, call));
    }
    return host;
  }

  #read(path: string): Uint8Array {
    const bytes = this.#tools.files.get(workPath(path) ?? "");
    if (bytes === undefined)
      throw new Error(`ENOENT: there is no file ${path} in the working folder`);
    return bytes;
  }

  #write(path: string, bytes: Uint8Array): QuickJSHandle {
    const { files } = this.#tools;
    const known = workPath(path);
    if (known === undefined)
      throw new Error(`EACCES: ${path} is no path of a file in the working folder`);
    if (files.isFolder(known)) throw new Error(`EISDIR: ${path} is a folder`);
    const problem = files.write(known, bytes);
    if (problem !== undefined) throw new Error(`ENOSPC: ${problem}`);
    return this.#context.undefined;
  }
}

/** An error of the guest in words. */
interface ErrorText {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** What the guest's `describe` returned; an error without a message where it could not, such as for want of memory. */
function readErrorText(text: string): ErrorText {
  try {
    const [name, message, stack] = JSON.parse(text) as readonly unknown[];
    return { name: String(name), message: String(message), stack: String(stack) };
  } catch {
    return { name: "Error", message: "", stack: "" };
  }
}

function died(error: unknown): ProgramEnd {
  const message = `the interpreter died: ${error instanceof Error ? error.message : String(error)}`;
  return { exitCode: 1, failure: { kind: "exception", name: "InternalError", message } };
}

const stackOverflow: ProgramEnd = {
  exitCode: 1,
  failure: { kind: "exception", name: "InternalError", message: "stack overflow" },
};

/** The path of a module that another imports: relative to that one where it begins with "./" or "../". */
function moduleName(from: string, name: string): string {
  if (!/^\.\.?\//.test(name)) return name;
  return `${from.slice(0, from.lastIndexOf("/") + 1)}${name}`;
}
