/**
 * Whether other processes use the cores that products would run on.
 *
 * Threads that wait by spinning are quickest on idle cores. Beside another busy process they take the time that the
 * thread they wait for would need: a step took 96 ms spinning and 70 ms sleeping, and 44 against 48 ms on idle cores.
 */
import { cpus } from "node:os";

/** Times of one core in milliseconds, since some moment. */
export interface CoreClock {
  readonly now: () => number;
  /** Of all cores together; `own` is this process's, all its threads. */
  readonly times: () => { readonly idle: number; readonly own: number };
}

/** Between two looks; the counters of the system tick every 10 ms. */
const INTERVAL_MS = 500;

/** Looks in a row that have to agree before the answer changes. */
const AGREEING = 2;

/** Cores that may be missing. */
const TOLERANCE = 0.3;

export class CoreLoad {
  readonly #threads: number;
  readonly #clock: CoreClock;
  #last: { readonly now: number; readonly available: number };
  #isCrowded = false;
  #disagreeing = 0;

  /** @param threads cores that products want for themselves */
  constructor(threads: number, clock: CoreClock = systemClock) {
    this.#threads = threads;
    this.#clock = clock;
    this.#last = this.#look();
  }

  /** Whether fewer cores than threads were idle or ours, lately. Cheap enough to ask before every product. */
  isCrowded(): boolean {
    if (this.#threads === 1 || this.#clock.now() < this.#last.now + INTERVAL_MS) {
      return this.#isCrowded;
    }
    const [before, after] = [this.#last, this.#look()];
    this.#last = after;
    const cores = (after.available - before.available) / (after.now - before.now);
    const looksCrowded = cores < this.#threads - TOLERANCE;
    this.#disagreeing = looksCrowded === this.#isCrowded ? 0 : this.#disagreeing + 1;
    if (this.#disagreeing < AGREEING) return this.#isCrowded;
    this.#disagreeing = 0;
    this.#isCrowded = looksCrowded;
    return looksCrowded;
  }

  #look() {
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
