/**
 * Solutions by their problems: the latest used are kept, and equal problems that are asked at the same time are worked on once. Work
 * is aborted when its last client has gone.
 */
import { HoneError } from "../core/errors.ts";
import type { Solved } from "./solver.ts";

/** A solution, and whether it was there or under way before it was asked for. */
export interface CachedSolution {
  readonly solved: Solved;
  readonly isCached: boolean;
}

/** Work on a problem that requests wait for. */
interface PendingWork {
  readonly result: Promise<Solved>;
  readonly stop: AbortController;
  waiting: number;
}

/** How a solution is found. */
type Work = (signal: AbortSignal) => Promise<Solved>;

/** A bounded cache of solutions. */
export class SolutionCache {
  readonly #maxEntries: number;
  /** In the order of their last use, the oldest first. */
  readonly #kept = new Map<string, Solved>();
  readonly #pending = new Map<string, PendingWork>();

  /** @param maxEntries  solutions that are kept; 0 keeps none and shares no work */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** How many solutions are kept. */
  get size(): number {
    return this.#kept.size;
  }

  /**
   * The solution of a problem, known again by its exact text, since white space may be part of what is asked: a kept one, that of work under way, or that of new work. What fails is not kept.
   *
   * @param signal  aborts the wait; the work goes on while other requests wait for it
   * @throws CANCELLED after the signal; the errors of the work
   */
  async solution(problem: string, signal: AbortSignal, work: Work): Promise<CachedSolution> {
    if (this.#maxEntries === 0) return { solved: await work(signal), isCached: false };
    const kept = this.#kept.get(problem);
    if (kept !== undefined) {
      this.#keep(problem, kept);
      return { solved: kept, isCached: true };
    }
    const running = this.#pending.get(problem);
    const pending = running ?? this.#begin(problem, work);
    return { solved: await this.#wait(problem, pending, signal), isCached: running !== undefined };
  }

  #begin(key: string, work: Work): PendingWork {
    const stop = new AbortController();
    const pending = { result: work(stop.signal), stop, waiting: 0 };
    this.#pending.set(key, pending);
    const forget = (): void => {
      if (this.#pending.get(key) === pending) this.#pending.delete(key);
    };
    pending.result.then((solved) => {
      forget();
      this.#keep(key, solved);
    }, forget);
    return pending;
  }

  async #wait(key: string, pending: PendingWork, signal: AbortSignal): Promise<Solved> {
    pending.waiting += 1;
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(new HoneError("CANCELLED", { what: "A solution" }));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([pending.result, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      pending.waiting -= 1;
      if (pending.waiting === 0 && this.#pending.get(key) === pending) {
        // Later requests must not wait for work that is being aborted.
        this.#pending.delete(key);
        pending.stop.abort();
      }
    }
  }

  #keep(key: string, solved: Solved): void {
    this.#kept.delete(key);
    this.#kept.set(key, solved);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#maxEntries && oldest !== undefined) this.#kept.delete(oldest);
  }
}
