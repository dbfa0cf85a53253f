/**
 * One ONNX Runtime session for one tensor program: named arrays in, named arrays out.
 *
 * `run` occupies the thread it is called on until the numbers are there, unless the session runs aside. Inputs are read in
 * place. Outputs are copied out, or written to memory that is given for them; that may be the memory of an input where the
 * graph reads the input before it writes the output (see `tensor/gradient.ts`).
 */
import { writeFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { assert, HoneError, messageOf } from "../../core/errors.ts";
import type { Program } from "../../tensor/program.ts";
import { toOnnx, type LowerOptions } from "../onnx/lower.ts";
import { checkFeeds, checkPlaces } from "./feeds.ts";
import { holdTensor, releaseHeld, tensorOf, takeOut } from "./native-tensors.ts";
import {
  type Argument,
  type Handle,
  made,
  ortLibrary,
  type OrtLibrary,
  SEVERITY_ERROR,
} from "./ort-library.ts";
import type { Feeds, Fetches, HeldTensor, Places, Value } from "./value.ts";

export interface SessionOptions extends LowerOptions {
  /** Threads of matrix products and the like. */
  readonly threads?: number;
  /** Where to write the model file, needed when weights are external data: locations are relative to it. */
  readonly modelPath?: string;
  /** Whether threads wait for work by spinning: faster on idle cores, much slower when other processes use them. */
  readonly spinning?: boolean;
  /** Runs on threads of Node's pool, several at a time, which share the session's other threads. Default false. */
  readonly isAside?: boolean;
}

export interface Session {
  readonly program: Program;
  /**
   * @param fetches outputs to compute; all of them, into new memory, when left out
   * @throws FEED_INVALID when an input is missing, unknown, of another type or of a shape that contradicts another's, or
   *         when a place is for no output, of another type or not as large as its shape;
   *         RUNTIME_FAILED when the runtime refuses; ENGINE_CLOSED after release
   */
  run(feeds: Feeds, fetches?: Fetches): Promise<Record<string, Value>>;
  /**
   * Runs and leaves some outputs in the runtime's memory; the caller releases each of them (`releaseHeld`).
   * @param names  the outputs to hold; all others are copied out
   * @throws as `run`; then nothing is held
   */
  runHolding(
    feeds: Feeds,
    names: readonly string[],
  ): Promise<{
    readonly outputs: Record<string, Value>;
    readonly held: Record<string, HeldTensor>;
  }>;
  /**
   * Runs several times on the same memory and on this thread, which costs next to nothing beyond the products.
   * @param places every output, by the memory to write to
   * @param turns  called once with a function that runs the program; between two calls it may change what is fed
   * @throws as `run`
   */
  repeat(feeds: Feeds, places: Places, turns: (run: () => void) => void): Promise<void>;
  /** Waits for the runs in progress and gives the memory back. */
  release(): Promise<void>;
}

/**
 * @throws RUNTIME_FAILED when the graph is refused; DEPENDENCY_MISSING when onnxruntime-node or koffi's package of this
 *         platform is not installed
 */
export async function openSession(
  program: Program,
  options: SessionOptions = {},
): Promise<Session> {
  const bytes = toOnnx(program, options);
  const { modelPath } = options;
  if (modelPath !== undefined) await writeFile(modelPath, bytes);
  const library = ortLibrary();
  await setImmediate();
  const handle = reported(program, () => openNative(library, modelPath ?? bytes, options));
  return new NativeSession(program, handle, library, options.isAside ?? false);
}

/** A call of the runtime, bound to memory: its arguments, and where its outputs go (0 where the runtime makes new memory). */
interface BoundCall {
  /** The arguments of the call. */
  readonly call: readonly Argument[];
  readonly names: Names;
  readonly places: BigUint64Array;
}

class NativeSession implements Session {
  readonly program: Program;
  readonly #library: OrtLibrary;
  readonly #handle: Handle;
  readonly #inputs: Names;
  readonly #outputs = new Map<string, Names>();
  readonly #allOutputs: Fetches;
  readonly #isAside: boolean;
  /**
   * What native code reads and writes right now. It has only the addresses, and the engine may collect an array after
   * the last line that names it, also while such a call is under way.
   */
  readonly #inUse = new Set<{
    readonly feeds: Feeds;
    readonly fetches: Fetches;
    readonly bound: BoundCall;
  }>();
  readonly #pending = new Set<Promise<unknown>>();
  #isReleased = false;

  constructor(program: Program, handle: Handle, library: OrtLibrary, isAside: boolean) {
    this.#isAside = isAside;
    this.program = program;
    this.#handle = handle;
    this.#library = library;
    this.#inputs = new Names(library, Object.keys(program.inputs));
    this.#allOutputs = Object.fromEntries(
      Object.keys(program.outputs).map((name) => [name, undefined]),
    );
  }

  async run(feeds: Feeds, fetches?: Fetches): Promise<Record<string, Value>> {
    this.#checkRun(feeds);
    if (fetches !== undefined) checkPlaces(this.program, fetches);
    const wanted = fetches ?? this.#allOutputs;
    return this.#withBound(feeds, wanted, async (bound) => {
      const { names, places } = bound;
      try {
        await this.#call(bound);
        return Object.fromEntries(
          names.list.map((name, i) => [name, wanted[name] ?? this.#take(name, places, i)]),
        );
      } finally {
        this.#releaseRest(bound, wanted);
      }
    });
  }

  async runHolding(feeds: Feeds, held: readonly string[]) {
    this.#checkRun(feeds);
    const wanted = this.#allOutputs;
    return this.#withBound(feeds, wanted, async (bound) => {
      const { names, places } = bound;
      const kept: Record<string, HeldTensor> = {};
      try {
        await this.#call(bound);
        const outputs: Record<string, Value> = {};
        names.list.forEach((name, i) => {
          if (held.includes(name)) kept[name] = this.#hold(name, places, i);
          else outputs[name] = this.#take(name, places, i);
        });
        return { outputs, held: kept };
      } catch (error) {
        Object.values(kept).forEach(releaseHeld);
        throw error;
      } finally {
        this.#releaseRest(bound, wanted);
      }
    });
  }

  #checkRun(feeds: Feeds): void {
    if (this.#isReleased)
      throw new HoneError("ENGINE_CLOSED", { what: `run of ${this.program.name}` });
    checkFeeds(this.program, feeds);
  }

  async #call({ call }: BoundCall): Promise<void> {
    if (this.#isAside) await this.#library.runAside(...call);
    else this.#library.run(...call);
  }

  /** Releases outputs that the runtime made and that were not taken, because taking an earlier one failed. */
  #releaseRest({ names, places }: BoundCall, wanted: Fetches): void {
    names.list.forEach((name, i) => {
      if (wanted[name] === undefined && places[i] !== 0n) this.#library.releaseValue(places[i]!);
    });
  }

  async repeat(feeds: Feeds, places: Places, turns: (run: () => void) => void): Promise<void> {
    this.#checkRun(feeds);
    for (const name of Object.keys(this.program.outputs))
      assert(places[name] !== undefined, `${this.program.name} has no place for ${name}`);
    checkPlaces(this.program, places);
    return this.#withBound(feeds, places, async ({ call }) =>
      turns(() => this.#library.run(...call)),
    );
  }

  /**
   * Runs `work` with a call of the runtime bound to this memory, which stays referenced until the work has ended. Other work
   * of this thread runs first.
   */
  #withBound<T>(
    feeds: Feeds,
    fetches: Fetches,
    work: (bound: BoundCall) => Promise<T>,
  ): Promise<T> {
    const running = setImmediate().then(() => this.#reported(feeds, fetches, work));
    this.#pending.add(running);
    return running.finally(() => this.#pending.delete(running));
  }

  async #reported<T>(
    feeds: Feeds,
    fetches: Fetches,
    work: (bound: BoundCall) => Promise<T>,
  ): Promise<T> {
    assert(this.#isAside || this.#inUse.size === 0, `two runs of ${this.program.name} at a time`);
    let use;
    try {
      const bound = this.#bind(feeds, fetches);
      use = { feeds, fetches, bound };
      this.#inUse.add(use);
      return await work(bound);
    } catch (cause) {
      throw runtimeFailed(this.program, cause);
    } finally {
      if (use !== undefined) this.#inUse.delete(use);
    }
  }

  /** Copies an output that the runtime made, and releases it. */
  #take(name: string, places: BigUint64Array, i: number): Value {
    const handle = places[i]!;
    places[i] = 0n;
    return takeOut(this.#library, handle, this.program.outputs[name]!.dtype);
  }

  /** Leaves an output that the runtime made where it is. */
  #hold(name: string, places: BigUint64Array, i: number): HeldTensor {
    const held = holdTensor(this.#library, places[i]!, this.program.outputs[name]!.dtype);
    places[i] = 0n;
    return held;
  }

  #bind(feeds: Feeds, fetches: Fetches): BoundCall {
    const library = this.#library;
    const inputs = handles(this.#inputs.list, (name) => {
      const value = feeds[name]!;
      if ("handle" in value) return value.handle;
      return tensorOf(library, value, this.program.inputs[name]!.dtype);
    });
    const names = this.#namesOf(Object.keys(fetches));
    const places = handles(names.list, (name) => {
      const place = fetches[name];
      return place === undefined ? 0n : tensorOf(library, place, this.program.outputs[name]!.dtype);
    });
    const { list, addresses } = this.#inputs;
    const outputs = [names.addresses, names.list.length, places] as const;
    const call = [this.#handle, null, addresses, inputs, list.length, ...outputs];
    return { call, names, places };
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    await Promise.allSettled(this.#pending);
    this.#library.releaseSession(this.#handle);
  }

  #namesOf(list: readonly string[]): Names {
    const key = list.join("\n");
    const known = this.#outputs.get(key) ?? new Names(this.#library, list);
    this.#outputs.set(key, known);
    return known;
  }
}

/** Names as native code reads them: an array of addresses of texts that end with a zero byte. */
class Names {
  readonly list: readonly string[];
  readonly addresses: BigUint64Array;
  /** Referenced as long as their addresses are: a session holds its names, and a call of it holds the session. */
  readonly #texts: readonly Buffer[];

  constructor(library: OrtLibrary, list: readonly string[]) {
    this.list = list;
    this.#texts = list.map((name) => Buffer.from(`${name}\0`));
    this.addresses = BigUint64Array.from(this.#texts, (text) => library.addressOf(text));
  }
}

const SPIN_MICROSECONDS = "200";

const handles = (names: readonly string[], handle: (name: string) => Handle): BigUint64Array =>
  BigUint64Array.from(names, handle);

function openNative(
  library: OrtLibrary,
  model: string | Uint8Array,
  { threads, spinning = true }: SessionOptions,
): Handle {
  const options = made((place) => library.createSessionOptions(place));
  try {
    library.setLogSeverity(options, SEVERITY_ERROR);
    if (threads !== undefined) library.setThreads(options, threads);
    // One block for all intermediate results, kept for every combination of sizes: a little time for much memory.
    library.disableMemoryPattern(options);
    // Long enough to stay awake between runs that follow each other at once; longer, and threads of an idle session
    // would spin against those of the busy one.
    library.addConfigEntry(options, "session.intra_op.spin_duration_us", SPIN_MICROSECONDS);
    library.addConfigEntry(options, "session.intra_op.allow_spinning", spinning ? "1" : "0");
    const { environment } = library;
    return made((place) => {
      if (typeof model !== "string")
        library.createSessionFromArray(environment, model, model.byteLength, options, place);
      else if (process.platform === "win32")
        library.createSessionOnWindows(environment, model, options, place);
      else library.createSession(environment, model, options, place);
    });
  } finally {
    library.releaseSessionOptions(options);
  }
}

function reported<T>(program: Program, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw runtimeFailed(program, cause);
  }
}

const runtimeFailed = (program: Program, cause: unknown): HoneError =>
  new HoneError("RUNTIME_FAILED", { program: program.name, problem: messageOf(cause) }, { cause });
