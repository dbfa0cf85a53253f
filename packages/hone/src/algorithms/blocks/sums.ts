/** Sums and means of numbers. */

/** Σ of the values. */
export function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

/** Their mean; 0 where there are none. */
export function meanOf(values: ArrayLike<number>): number {
  return values.length === 0 ? 0 : sumOf(values) / values.length;
}
