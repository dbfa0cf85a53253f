/** A time limit that nothing can sit out: what does not listen to the signal is left behind. */
import { HoneError } from "../core/errors.ts";

export interface Deadline extends Disposable {
  /** Aborts when the time is over or the outer signal aborts. */
  readonly signal: AbortSignal;
  readonly isMissed: boolean;
  /** Stops the time while the work waits for others, and lets it run on. */
  setPaused(isPaused: boolean): void;
  /** The work's result, or CANCELLED as soon as the signal aborts; the work itself cannot be killed. */
  race<Value>(work: () => Promise<Value>): Promise<Value>;
}

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
    // A word from the gate after the work's end must not start the clock again: it would keep the process alive.
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
  setPaused(false);
  const { signal } = controller;
  const follow = (): void => controller.abort();
  if (outer.aborted) controller.abort();
  else outer.addEventListener("abort", follow, { once: true });
  return {
    signal,
    setPaused,
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
