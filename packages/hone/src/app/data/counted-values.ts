/** The spread of many values of which most repeat, such as lengths of texts: each different value is held once, with its number. */

/** The spread of some values, and their sum. */
export interface Spread {
  readonly count: number;
  readonly total: number;
  readonly mean: number;
  /** Standard deviation of the sample, over n − 1; 0 of a single value. */
  readonly deviation: number;
  readonly min: number;
  /** As NumPy's `quantile` interpolates them. */
  readonly quartiles: readonly [number, number, number];
  readonly max: number;
}

/** Takes values one by one. */
export class CountedValues {
  readonly #counts = new Map<number, number>();

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  /** The spread of all values so far, of which there must be one. */
  get spread(): Spread {
    const sorted = [...this.#counts].toSorted(([a], [b]) => a - b);
    const count = sorted.reduce((sum, [, n]) => sum + n, 0);
    const total = sorted.reduce((sum, [value, n]) => sum + value * n, 0);
    const mean = total / count;
    const squares = sorted.reduce((sum, [value, n]) => sum + n * (value - mean) ** 2, 0);
    const quartile = (share: number): number => quantile(sorted, share * (count - 1));
    return {
      ...{ count, total, mean },
      deviation: count === 1 ? 0 : Math.sqrt(squares / (count - 1)),
      ...{ min: sorted[0]![0], max: sorted.at(-1)![0] },
      quartiles: [quartile(0.25), quartile(0.5), quartile(0.75)],
    };
  }
}

type Counted = readonly (readonly [value: number, count: number])[];

/** @param place  among all values in rising order, from 0; between two of them it is interpolated */
function quantile(sorted: Counted, place: number): number {
  const [below, above] = [valueAt(sorted, Math.floor(place)), valueAt(sorted, Math.ceil(place))];
  return below + (above - below) * (place - Math.floor(place));
}

function valueAt(sorted: Counted, index: number): number {
  let before = 0;
  for (const [value, count] of sorted) {
    before += count;
    if (index < before) return value;
  }
  return sorted.at(-1)![0];
}
