/** How values are spread: mean, deviation, quartiles, histogram. */

/** A part of a histogram: values from `from` on, up to `to`, which only the last part includes. */
export interface HistogramBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** The spread of some values. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation of the sample, over n − 1; 0 of a single value. */
  readonly deviation: number;
  readonly min: number;
  /** The value below which a quarter, a half, three quarters lie, interpolated between neighbours as NumPy's `quantile` does. */
  readonly quartiles: readonly [number, number, number];
  readonly max: number;
  /** Of equal width from the least to the greatest value; one where all are equal. */
  readonly histogram: readonly HistogramBin[];
}

/**
 * The spread of some values; undefined for none.
 * @param bins  parts of the histogram. Default 10
 * @example distributionOf([0, 0.5, 1])!.quartiles; // [0.25, 0.5, 0.75]
 */
export function distributionOf(values: ArrayLike<number>, bins = 10): Distribution | undefined {
  // An array of doubles is sorted in place, without an object for each value.
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  if (count === 0) return undefined;
  const mean = sorted.reduce((a, b) => a + b, 0) / count;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const [min, max] = [sorted[0]!, sorted.at(-1)!];
  return {
    count,
    mean,
    deviation: count === 1 ? 0 : Math.sqrt(squares / (count - 1)),
    min,
    quartiles: [quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)],
    max,
    histogram: histogramOf(sorted, min === max ? 1 : bins),
  };
}

/** @param sorted  at least one value, in rising order */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place - Math.floor(place));
}

function histogramOf(sorted: Float64Array, bins: number): HistogramBin[] {
  const [min, max] = [sorted[0]!, sorted.at(-1)!];
  const width = (max - min) / bins;
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of sorted)
    counts[width === 0 ? 0 : Math.min(bins - 1, Math.floor((value - min) / width))]!++;
  return counts.map((count, i) => ({
    from: min + i * width,
    to: i === bins - 1 ? max : min + (i + 1) * width,
    count,
  }));
}
