/**
 * Whether other processes use the cores that products would run on.
 *
 * Threads that wait by spinning are quickest on idle cores. Beside another busy process they take the time that the
 * thread they wait for would need: a step took 96 ms spinning and 70 ms sleeping, and 44 against 48 ms on idle cores.
 *
 * Limit: the system reports idle time of all cores of the machine. Where this process may use only some of them (CPU
 * affinity, a container's quota), idle cores that it may not use hide that its own are busy, and threads keep spinning.
 */
import { cpus } from "node:os";

/** Reads the clock and the counters of the cores; all times are in ms, since some fixed moment. */
export interface CoreClock {
  readonly now: () => number;
  /** Time that all cores were idle together, and that all threads of this process computed. */
  readonly times: () => { readonly idle: number; readonly own: number };
}

/** Computing time between two decisions, in ms; the counters of the system tick every 10 ms. */
const INTERVAL_MS = 250;

/** One run in this many is measured: a reading costs 50 µs, and some runs take only a few milliseconds. */
const WATCHED = 4;

/** Decisions in a row that have to agree before `isCrowded` changes. */
const AGREEING = 2;

/** Cores, as a fraction, that may be missing before the machine counts as crowded. */
const TOLERANCE = 0.3;

interface Reading {
  readonly now: number;
  /** Milliseconds of cores that were idle or ours, since some moment. */
  readonly available: number;
}

export class CoreLoad {
  readonly #threads: number;
  readonly #clock: CoreClock;
  #runs = 0;
  /** Milliseconds of the measured runs since the last decision; the time between runs does not count. */
  #elapsed = 0;
  #available = 0;
  #isCrowded = false;
  #disagreeing = 0;

  /** @param threads cores that products want for themselves */
  constructor(threads: number, clock: CoreClock = systemClock) {
    this.#threads = threads;
    this.#clock = clock;
  }

  /** Whether fewer cores than threads were idle or ours while we computed, lately. */
  get isCrowded(): boolean {
    return this.#isCrowded;
  }

  /** Runs a product on all threads, and measures in some of the runs how many cores were left for it. */
  async during<T>(product: () => Promise<T>): Promise<T> {
    if (this.#threads === 1 || this.#runs++ % WATCHED !== 0) return product();
    const before = this.#read();
    try {
      return await product();
    } finally {
      const after = this.#read();
      this.#elapsed += after.now - before.now;
      this.#available += after.available - before.available;
      if (this.#elapsed >= INTERVAL_MS) this.#look();
    }
  }

  #look(): void {
    const looksCrowded = this.#available / this.#elapsed < this.#threads - TOLERANCE;
    this.#elapsed = 0;
    this.#available = 0;
    this.#disagreeing = looksCrowded === this.#isCrowded ? 0 : this.#disagreeing + 1;
    if (this.#disagreeing < AGREEING) return;
    this.#disagreeing = 0;
    this.#isCrowded = looksCrowded;
  }

  #read(): Reading {
    const { idle, own } = this.#clock.times();
    return { now: this.#clock.now(), available: idle + own };
  }
}

const systemClock: CoreClock = {
  now: () => performance.now(),
  times: () => {
    const { user, system } = process.cpuUsage();
    return {
      idle: cpus().reduce((sum, { times }) => sum + times.idle, 0),
      own: (user + system) / 1000,
    };
  },
};
