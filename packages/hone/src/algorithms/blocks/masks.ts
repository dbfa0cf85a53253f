/** Which positions of a row are trained, and how many. */

/**
 * A row's mask as its targets see it: position t predicts token t + 1, so the first token's mask has no position.
 * @param mask  [T] per token
 * @returns     [T − 1] per position
 */
export function targetMask(mask: readonly number[]): Float32Array {
  return Float32Array.from(mask.slice(1));
}

/** How many positions of a mask are not 0. */
export function countMasked(mask: ArrayLike<number>): number {
  let count = 0;
  for (let t = 0; t < mask.length; t++) if (mask[t] !== 0) count++;
  return count;
}
