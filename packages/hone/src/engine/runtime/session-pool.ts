/** Sessions by name: each is opened once and shared by all that run its program. Sizes bind the program's symbols. */
import { assert } from "../../core/errors.ts";
import type { Program } from "../../tensor/program.ts";
import { bindShape, sameShape, type Shape, type TypedArray } from "../../tensor/shape.ts";
import { CoreLoad } from "./core-load.ts";
import { type RunGate, throughGate } from "./run-gate.ts";
import { openSession, type Session } from "./session.ts";
import type { HeldTensor, Value } from "./value.ts";

/** Values of a program's symbols in one run. */
export type Sizes = Readonly<Record<string, number>>;

/** What a run reads by name: arrays, whose shapes follow from the sizes, and tensors that an earlier run left in the runtime. */
export type PooledFeeds = Readonly<Record<string, TypedArray | HeldTensor>>;

export class SessionPool {
  readonly #threads: number;
  readonly #gate: RunGate;
  readonly #load: CoreLoad;
  readonly #sessions = new Map<string, Promise<PooledSession>>();

  /** @param gate closed when the process is about to exit; see run-gate.ts */
  constructor(threads: number, gate: RunGate) {
    this.#threads = threads;
    this.#gate = gate;
    this.#load = new CoreLoad(threads);
  }

  /**
   * The session of this name; the program is made when it is opened first.
   * @param options.threads fewer than the pool's, for programs that memory binds
   * @param options.lanes   runs at a time; with one, runs are on the caller's thread
   */
  open(
    name: string,
    make: () => Program,
    {
      threads = this.#threads,
      lanes = 1,
    }: { readonly threads?: number; readonly lanes?: number } = {},
  ): Promise<PooledSession> {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    // With fewer threads than lanes, these take turns.
    const isAside = lanes > 1 && threads >= lanes;
    // A session starts one thread fewer than it is given, since its caller computes too; here every lane is a caller.
    const given = isAside ? threads - lanes + 1 : threads;
    const opening = PooledSession.open(make(), { threads: given, isAside }, this.#load, this.#gate);
    this.#sessions.set(name, opening);
    opening.catch(() => this.#sessions.delete(name));
    return opening;
  }

  /** Releases every session, also after one that fails. @throws the first failure */
  async close(): Promise<void> {
    const sessions = await Promise.allSettled(this.#sessions.values());
    this.#sessions.clear();
    const opened = sessions.filter((session) => session.status === "fulfilled");
    const releases = await Promise.allSettled(opened.map(({ value }) => value.release()));
    for (const release of releases) if (release.status === "rejected") throw release.reason;
  }
}

/** Where a session's runs take place. */
interface RunThreads {
  readonly threads: number;
  readonly isAside: boolean;
}

export class PooledSession {
  readonly program: Program;
  readonly #threads: number;
  readonly #isAside: boolean;
  readonly #load: CoreLoad;
  readonly #gate: RunGate;
  #session: Session;
  #isSpinning: boolean;
  #switching: Promise<void> | undefined;
  /** The session for the present load could not be opened; it is not tried again until the load has changed. */
  #isRefused = false;
  /** The runtime's handle of a buffer is kept with the buffer, so weights are bound once. */
  readonly #values = new WeakMap<TypedArray, Value>();

  private constructor(
    session: Session,
    { threads, isAside }: RunThreads,
    isSpinning: boolean,
    load: CoreLoad,
    gate: RunGate,
  ) {
    this.program = session.program;
    this.#session = session;
    this.#threads = threads;
    this.#isAside = isAside;
    this.#isSpinning = isSpinning;
    this.#load = load;
    this.#gate = gate;
  }

  static async open(
    program: Program,
    where: RunThreads,
    load: CoreLoad,
    gate: RunGate,
  ): Promise<PooledSession> {
    const spinning = !load.isCrowded;
    const session = await throughGate(gate, () => openSession(program, { ...where, spinning }));
    return new PooledSession(session, where, spinning, load, gate);
  }

  /**
   * @param feeds   every input by name; read, not copied
   * @param sizes   values of the program's symbols
   * @param fetches buffers that outputs are written into; may be the buffers of inputs which only those outputs consume
   * @returns       every output
   */
  async run(
    feeds: PooledFeeds,
    sizes: Sizes,
    fetches: Readonly<Record<string, TypedArray>> = {},
  ): Promise<Readonly<Record<string, Value>>> {
    const { outputs } = this.program;
    const fed = this.#fed(feeds, sizes);
    const wanted: Record<string, Value | undefined> = {};
    for (const [name, output] of Object.entries(outputs)) {
      const data = fetches[name];
      wanted[name] = data === undefined ? undefined : this.#value(data, output.shape, sizes);
    }
    await this.#followLoad();
    return this.#watched(() => this.#session.run(fed, wanted));
  }

  /**
   * Runs and leaves the outputs `names` in the runtime's memory until `releaseHeld`; the others are copied out.
   * @param feeds, sizes  as for `run`
   */
  async runHolding(feeds: PooledFeeds, sizes: Sizes, names: readonly string[]) {
    const fed = this.#fed(feeds, sizes);
    await this.#followLoad();
    return this.#watched(() => this.#session.runHolding(fed, names));
  }

  /**
   * Runs several times on the same memory.
   * @param places buffers for all outputs, as `fetches` of `run`
   * @param turns  called once with a function that runs the program; between two calls it may change what is fed
   */
  async repeat(
    feeds: PooledFeeds,
    sizes: Sizes,
    places: Readonly<Record<string, TypedArray>>,
    turns: (run: () => void) => void,
  ): Promise<void> {
    const fed = this.#fed(feeds, sizes);
    const bound = Object.fromEntries(
      Object.entries(this.program.outputs).map(([name, output]) => [
        name,
        this.#value(places[name]!, output.shape, sizes),
      ]),
    );
    await this.#followLoad();
    return this.#watched(() => this.#session.repeat(fed, bound, turns));
  }

  #fed(feeds: PooledFeeds, sizes: Sizes): Record<string, Value | HeldTensor> {
    const fed: Record<string, Value | HeldTensor> = {};
    for (const [name, data] of Object.entries(feeds)) {
      const input = this.program.inputs[name];
      assert(input !== undefined, `${this.program.name} has no input ${name}`);
      fed[name] = "handle" in data ? data : this.#value(data, input.shape, sizes);
    }
    return fed;
  }

  /** Runs `work` through the gate; where several threads compute, the load of the cores is measured. */
  #watched<T>(work: () => Promise<T>): Promise<T> {
    return throughGate(this.#gate, () => (this.#threads === 1 ? work() : this.#load.during(work)));
  }

  async release(): Promise<void> {
    await this.#switching;
    await throughGate(this.#gate, () => this.#session.release());
  }

  /** Whether threads spin is fixed in a session, so a change of load takes another one. */
  async #followLoad(): Promise<void> {
    const spinning = !this.#load.isCrowded;
    if (spinning === this.#isSpinning) this.#isRefused = false;
    else if (this.#threads > 1 && !this.#isRefused) this.#switching ??= this.#switch(spinning);
    if (this.#switching !== undefined) await this.#switching;
  }

  /** Opens the session that fits the load. This is only about speed: if it does not open, the old one stays in use. */
  async #switch(spinning: boolean): Promise<void> {
    const old = this.#session;
    try {
      const options = { threads: this.#threads, isAside: this.#isAside, spinning };
      this.#session = await throughGate(this.#gate, () => openSession(this.program, options));
      this.#isSpinning = spinning;
    } catch {
      this.#isRefused = true;
    }
    try {
      if (!this.#isRefused) await throughGate(this.#gate, () => old.release());
    } finally {
      this.#switching = undefined;
    }
  }

  #value(data: TypedArray, shape: Shape, sizes: Sizes): Value {
    const bound = bindShape(shape, sizes);
    const known = this.#values.get(data);
    if (known !== undefined && sameShape(known.shape, bound)) return known;
    const value = { data, shape: bound };
    this.#values.set(data, value);
    return value;
  }
}
