/** A time limit for work. Work that ignores the signal keeps running, but nothing waits for its result. */
import { HoneError } from "../core/errors.ts";

/** A running time limit; disposing of it stops its clock. */
export interface Deadline extends Disposable {
  /** Aborts when the time is over or the outer signal aborts. */
  readonly signal: AbortSignal;
  /** Whether the time is over. */
  readonly isMissed: boolean;
  /** Stops the clock while the work waits for other rollouts or for the policy, or starts it again. */
  setPaused(isPaused: boolean): void;
  /** Takes ms off the time that is left; where none is left, the deadline is missed once the clock runs. */
  spend(ms: number): void;
  /** Runs the work. Throws CANCELLED as soon as the signal aborts; the work itself cannot be stopped. */
  race<Value>(work: () => Promise<Value>): Promise<Value>;
}

/**
 * Starts a time limit.
 * @param deadlineMs  in ms
 * @param outer       aborts the work, too
 */
export function withDeadline(deadlineMs: number, outer: AbortSignal): Deadline {
  const controller = new AbortController();
  let isMissed = false;
  let leftMs = deadlineMs;
  let startedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const miss = (): void => {
    isMissed = true;
    controller.abort();
  };
  const setPaused = (isPaused: boolean): void => {
    // The gate may still call after the work has ended. A clock started then would keep the process alive.
    if (isOver || isPaused === (timer === undefined)) return;
    if (isPaused) {
      clearTimeout(timer);
      timer = undefined;
      leftMs -= performance.now() - startedAt;
    } else {
      startedAt = performance.now();
      timer = setTimeout(miss, Math.max(0, leftMs));
    }
  };
  const spend = (ms: number): void => {
    const isRunning = timer !== undefined;
    setPaused(true);
    leftMs -= ms;
    if (isRunning) setPaused(false);
  };
  setPaused(false);
  const { signal } = controller;
  const follow = (): void => controller.abort();
  if (outer.aborted) controller.abort();
  else outer.addEventListener("abort", follow, { once: true });
  return {
    signal,
    setPaused,
    spend,
    get isMissed() {
      return isMissed;
    },
    async race(work) {
      const { promise, reject } = Promise.withResolvers<never>();
      const giveUp = (): void => reject(new HoneError("CANCELLED", { what: "The rollout" }));
      if (signal.aborted) giveUp();
      else signal.addEventListener("abort", giveUp, { once: true });
      try {
        return await Promise.race([promise, work()]);
      } finally {
        signal.removeEventListener("abort", giveUp);
      }
    },
    [Symbol.dispose]() {
      setPaused(true);
      isOver = true;
      outer.removeEventListener("abort", follow);
    },
  };
}
