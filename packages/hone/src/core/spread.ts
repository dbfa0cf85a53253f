/** How numbers are spread: their mean, their ends, and quantiles between. */

/** A spread of numbers; quantiles by linear interpolation (type 7 of Hyndman and Fan 1996; PERCENTILE_CONT of SQL). */
export interface Spread {
  /** How many have the value. */
  readonly count: number;
  readonly mean: number;
  readonly minimum: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly maximum: number;
}

/** The spread of some numbers. Undefined for an empty list. @example spreadOf([1, 2, 3, 4])!.p25; // 1.75 */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = new Float64Array(values).sort();
  return {
    count: sorted.length,
    mean: sorted.reduce((a, b) => a + b, 0) / sorted.length,
    minimum: sorted[0]!,
    p25: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    p75: quantile(sorted, 0.75),
    p90: quantile(sorted, 0.9),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    maximum: sorted.at(-1)!,
  };
}

function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)]!;
  const high = sorted[Math.ceil(place)]!;
  return low + (high - low) * (place - Math.floor(place));
}
