/** Time that does not go back. */

/** Unix milliseconds, with fractions. */
export type Clock = () => number;

/** How far the wall clock may be ahead of a rising clock, in ms, before that is set to it: the machine may have slept. */
const jumpMs = 1000;

/** The smallest step between two times: a microsecond. */
const stepMs = 0.001;

/**
 * A clock that never goes back: every reading is later than the one before, and differences are real durations.
 *
 * It starts at the time of the wall clock and then counts the machine's ticks. A wall clock that is set back changes
 * nothing; one that jumps ahead by more than a second is followed.
 *
 * @param wall   Unix milliseconds, may jump either way
 * @param ticks  milliseconds since some fixed moment, never going back
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
