/** Interpreters kept warm: each runs one program at a time, and is replaced after so many. */
import { HoneError } from "../../core/errors.ts";
import { type RunnerCommand, RunnerProcess } from "./runner-process.ts";

/** How many interpreters there are, and for how long. */
export interface PoolSettings {
  /** Processes side by side at most. */
  readonly size: number;
  /** Programs that a process runs before it is replaced. */
  readonly maxUses: number;
  /** Warm and free processes that are kept ready: started ahead once the sandbox has been used, and whenever one is taken. */
  readonly prefill: number;
}

/** A process that has been taken out of the pool. */
export interface TakenRunner {
  readonly process: RunnerProcess;
  /** True where it had been ready before it was asked for. */
  readonly isWarm: boolean;
}

interface Waiter {
  readonly signal: AbortSignal | undefined;
  isSettled: boolean;
  readonly resolve: (taken: TakenRunner) => void;
  readonly reject: (error: unknown) => void;
}

export class RunnerPool {
  readonly #name: string;
  readonly #command: () => Promise<RunnerCommand>;
  readonly #settings: PoolSettings;
  /** Ready or about to be; none of them runs a program. */
  readonly #free = new Set<RunnerProcess>();
  readonly #ready = new WeakSet<RunnerProcess>();
  readonly #busy = new Set<RunnerProcess>();
  readonly #waiters: Waiter[] = [];
  #isClosed = false;

  /**
   * @param name     the sandbox's name, for errors
   * @param command  how its processes are started
   */
  constructor(name: string, command: () => Promise<RunnerCommand>, settings: PoolSettings) {
    this.#name = name;
    this.#command = command;
    this.#settings = settings;
  }

  /** A process of its own until `giveBack`. Waits in line where all are busy. */
  async take(signal: AbortSignal | undefined): Promise<TakenRunner> {
    if (this.#isClosed) throw this.#closed();
    signal?.throwIfAborted();
    const process = this.#freeOne() ?? this.#startedOne();
    if (process === undefined) return this.#wait(signal);
    return this.#readied(process, signal);
  }

  /** Hands a process back; one that is dead or used up is replaced. */
  giveBack(process: RunnerProcess): void {
    this.#busy.delete(process);
    if (process.uses >= this.#settings.maxUses || this.#isClosed)
      process.kill("it has run as many programs as it may");
    if (!process.isDead) {
      this.#free.add(process);
      process.setWaitedFor(false);
    }
    this.#serveWaiter();
    this.#refill(this.#settings.prefill);
  }

  /** Starts processes until `count` are free, as far as there is room. */
  async prefill(count: number): Promise<void> {
    if (this.#isClosed) throw this.#closed();
    this.#refill(count);
    const starting = [...this.#free].filter((process) => !this.#ready.has(process));
    // Node would end before they are ready if it did not wait for them.
    for (const process of starting) process.setWaitedFor(true);
    try {
      await Promise.all(starting.map(({ ready }) => ready));
    } finally {
      for (const process of starting) if (this.#free.has(process)) process.setWaitedFor(false);
    }
  }

  /** Ends all processes. */
  close(): void {
    this.#isClosed = true;
    for (const process of [...this.#free, ...this.#busy]) process.kill("the sandbox was closed");
    this.#free.clear();
    for (const { reject } of this.#waiters.splice(0)) reject(this.#closed());
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  #closed(): HoneError<"SANDBOX_CLOSED"> {
    return new HoneError("SANDBOX_CLOSED", { sandbox: this.#name });
  }

  #freeOne(): RunnerProcess | undefined {
    const alive = [...this.#free].filter(({ isDead }) => !isDead);
    const found = alive.find((process) => this.#ready.has(process)) ?? alive[0];
    if (found === undefined) return undefined;
    this.#free.delete(found);
    this.#busy.add(found);
    return found;
  }

  #startedOne(): RunnerProcess | undefined {
    const process = this.#started();
    if (process !== undefined) this.#busy.add(process);
    return process;
  }

  #started(): RunnerProcess | undefined {
    for (const process of this.#free) if (process.isDead) this.#free.delete(process);
    if (this.#free.size + this.#busy.size >= this.#settings.size) return undefined;
    const process = new RunnerProcess(this.#name, this.#command);
    const remember = () => this.#ready.add(process);
    process.ready.then(remember, () => {});
    return process;
  }

  async #readied(process: RunnerProcess, signal: AbortSignal | undefined): Promise<TakenRunner> {
    const isWarm = this.#ready.has(process);
    process.setWaitedFor(true);
    try {
      await abortable(process.ready, signal);
      return { process, isWarm };
    } catch (error) {
      // A process that is still starting is as good for the next program.
      this.giveBack(process);
      throw this.#isClosed ? this.#closed() : error;
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<TakenRunner> {
    const { promise, resolve, reject } = Promise.withResolvers<TakenRunner>();
    const waiter: Waiter = { signal, isSettled: false, resolve, reject };
    this.#waiters.push(waiter);
    const leave = () => {
      waiter.isSettled = true;
      const index = this.#waiters.indexOf(waiter);
      if (index >= 0) this.#waiters.splice(index, 1);
      reject(signal!.reason);
    };
    signal?.addEventListener("abort", leave, { once: true });
    return promise.finally(() => signal?.removeEventListener("abort", leave));
  }

  #serveWaiter(): void {
    if (this.#waiters.length === 0 || this.#isClosed) return;
    const process = this.#freeOne() ?? this.#startedOne();
    if (process === undefined) return;
    const waiter = this.#waiters.shift()!;
    this.#readied(process, waiter.signal).then((taken) => {
      // It was aborted in the moment when its process became ready.
      if (waiter.isSettled) this.giveBack(process);
      else waiter.resolve(taken);
    }, waiter.reject);
  }

  #refill(count: number): void {
    if (this.#isClosed) return;
    while (this.#free.size < count) {
      const process = this.#started();
      if (process === undefined) return;
      process.setWaitedFor(false);
      this.#free.add(process);
    }
  }
}

/** The promise, or the signal's reason as soon as it is given. */
async function abortable(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    if (signal.aborted) abort();
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
