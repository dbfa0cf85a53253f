/**
 * A clock that belongs to the program: it begins where it is set, each look at it is one ms, and waiting moves it on without a
 * wait. Timers run in the order of their moments, as soon as nothing else is left to do.
 */

/** A callback and when it is due. */
interface Timer {
  readonly id: number;
  readonly callback: (...values: unknown[]) => void;
  readonly values: readonly unknown[];
  readonly every: number | undefined;
  at: number;
}

export class VirtualClock {
  #now = 0;
  #began = 0;
  #lastId = 0;
  #isPumping = false;
  readonly #timers = new Map<number, Timer>();
  readonly #later = setImmediate;

  /** Begins anew: no timers, and this time in ms since 1970. */
  set(now: number): void {
    this.#now = now;
    this.#began = now;
    this.#timers.clear();
  }

  /** Waits without a wait. */
  advance(ms: number): void {
    if (ms > 0 && Number.isFinite(ms)) this.#now += ms;
  }

  /** Puts the clock into the place of the process's. */
  install(): void {
    const RealDate = Date;
    const read = () => this.#now++;
    globalThis.Date = new Proxy(RealDate, {
      construct: (of, given: unknown[], self) =>
        Reflect.construct(of, given.length === 0 ? [read()] : given, self) as Date,
      apply: () => new RealDate(read()).toString(),
    });
    RealDate.now = read;
    performance.now = () => read() - this.#began;
    const wait: typeof Atomics.wait = (...given: unknown[]) => {
      this.advance(Number(given[3]));
      return "timed-out";
    };
    Atomics.wait = wait;
    const add =
      (every: boolean) =>
      (callback: Timer["callback"], ms?: number, ...values: unknown[]) =>
        this.#add({ callback, ms: ms !== undefined && ms > 1 ? ms : 1, every, values });
    const clear = (id: unknown) => this.#timers.delete(Number(id));
    Object.assign(globalThis, {
      setTimeout: add(false),
      setInterval: add(true),
      clearTimeout: clear,
      clearInterval: clear,
    });
  }

  /** Resolves when no timer is left. */
  async idle(): Promise<void> {
    for (let rounds = 0; rounds < 3; rounds++) {
      await new Promise<void>((resolve) => void this.#later(resolve));
      if (this.#timers.size > 0) rounds = -1;
    }
  }

  #add(asked: {
    readonly callback: Timer["callback"];
    readonly ms: number;
    readonly every: boolean;
    readonly values: readonly unknown[];
  }): number {
    const id = ++this.#lastId;
    const { callback, ms, every, values } = asked;
    this.#timers.set(id, {
      id,
      callback,
      values,
      every: every ? ms : undefined,
      at: this.#now + ms,
    });
    this.#pump();
    return id;
  }

  #pump(): void {
    if (this.#isPumping || this.#timers.size === 0) return;
    this.#isPumping = true;
    this.#later(() => {
      this.#isPumping = false;
      try {
        this.#runNext();
      } finally {
        this.#pump();
      }
    });
  }

  #runNext(): void {
    const [first, ...others] = this.#timers.values();
    if (first === undefined) return;
    const next = others.reduce(
      (soonest, timer) => (timer.at < soonest.at ? timer : soonest),
      first,
    );
    this.#now = Math.max(this.#now, next.at);
    if (next.every === undefined) this.#timers.delete(next.id);
    else next.at += next.every;
    next.callback(...next.values);
  }
}
