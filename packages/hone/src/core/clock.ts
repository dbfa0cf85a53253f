/** Time that does not go back. */

/** Unix milliseconds, with fractions. */
export type Clock = () => number;

/** How far the wall clock may run ahead of ours before we follow it: the machine slept, or its clock was set. */
const jumpMs = 1000;

/** The smallest step between two times: a microsecond. */
const stepMs = 0.001;

/**
 * A clock whose every reading is later than the one before, and whose differences are real durations.
 *
 * It starts at the wall clock and goes on by the machine's ticks. When the wall clock is set back, ours goes on; when it
 * jumps ahead by more than a second, ours follows.
 *
 * @param wall   Unix milliseconds, may jump either way
 * @param ticks  milliseconds since any moment, never going back
 */
export function risingClock(
  wall: Clock = Date.now,
  ticks: () => number = () => performance.now(),
): Clock {
  let offset = wall() - ticks();
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const tick = ticks();
    const ahead = wall() - (offset + tick);
    if (ahead > jumpMs) offset += ahead;
    const now = Math.round((offset + tick) * 1000) / 1000;
    last = now > last ? now : Math.round((last + stepMs) * 1000) / 1000;
    return last;
  };
}
