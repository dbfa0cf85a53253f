/**
 * Lanes: microbatches that are computed side by side, each by one thread.
 *
 * Two threads that share every product meet after each of a step's hundreds of operations. In a small model an operation
 * takes some microseconds, so when another process is given one of the cores for a moment, the other thread waits each time;
 * and what the runtime computes on one thread only leaves the other idle. Lanes meet once, at the end. A large model's
 * products are long, and lanes would read its weights once each.
 */
import { type Architecture, parameterCount } from "../models/architecture.ts";

/** Below this many parameters lanes are faster. */
const SMALL_MODEL = 20e6;

/** Not a function of the machine's threads, which the bytes of a sum must not depend on. */
export const lanesOf = (a: Architecture): number => (parameterCount(a) < SMALL_MODEL ? 2 : 1);

/** Runs work in all lanes and waits for all of them, also when one fails; then the first error is thrown. */
export async function inLanes<T, R>(
  lanes: readonly T[],
  work: (lane: T, index: number) => Promise<R>,
): Promise<R[]> {
  const ends = await Promise.allSettled(lanes.map(work));
  return ends.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  });
}
