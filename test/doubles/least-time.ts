/** Times that a test limits, on a machine that may be busy. */

/**
 * Tries until one try is below the limit, ten times at most: another process delays some of them, a fault of ours all.
 *
 * @param limitMs  in ms
 * @param run      one try; returns its time in ms where that is not all it took
 * @returns the least time, in ms
 */
export async function leastTime(
  limitMs: number,
  run: (attempt: number) => Promise<number | void> | number | void,
): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 10 && least >= limitMs; attempt++) {
    const start = performance.now();
    const measured = await run(attempt);
    least = Math.min(least, measured ?? performance.now() - start);
  }
  return least;
}
