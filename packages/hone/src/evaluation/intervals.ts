/** 95 % intervals of a share, of a mean, and of the difference of two paired shares. */
import { HoneError } from "../core/errors.ts";
import { Random } from "../core/random.ts";

/** An estimate with its 95 % interval. */
export interface Interval {
  /** The estimate. */
  readonly value: number;
  /** The lower end of its interval. */
  readonly low: number;
  /** The upper end of its interval. */
  readonly high: number;
}

/** The 97.5 % point of the standard normal. */
const z = 1.959963984540054;

/**
 * Wilson's score interval of a share: inside [0, 1], and of positive width also at 0 of n and n of n.
 *
 *     centre = (p + z²/2n) / (1 + z²/n)      half = z/(1 + z²/n) · √(p(1−p)/n + z²/4n²)
 *
 * @param successes  may be fractional, when each of the n gives a rate
 * @throws DATA_EMPTY when n is 0
 * @source Wilson 1927, JASA 22(158)
 * @example wilson(8, 10); // { value: 0.8, low: 0.490, high: 0.943 }
 */
export function wilson(successes: number, n: number): Interval {
  if (n < 1) throw new HoneError("DATA_EMPTY", { where: "wilson: n", item: "answer" });
  const p = successes / n;
  const shrink = 1 + z ** 2 / n;
  const centre = (p + z ** 2 / (2 * n)) / shrink;
  const half = (z / shrink) * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2));
  // At the ends the formula gives 0 and 1 but for rounding.
  return { value: p, low: p === 0 ? 0 : centre - half, high: p === 1 ? 1 : centre + half };
}

/**
 * Newcombe's hybrid score interval of the difference after − before of two paired shares (his method 10). Unlike
 * intervals from the deviation of the differences, it keeps its width when all pairs agree.
 *
 *     δ = √( (p₂−l₂)² − 2φ(p₂−l₂)(u₁−p₁) + (u₁−p₁)² )        low = p₂ − p₁ − δ
 *     ε = √( (u₂−p₂)² − 2φ(u₂−p₂)(p₁−l₁) + (p₁−l₁)² )        high = p₂ − p₁ + ε
 *
 * l, u are Wilson limits; φ is the correlation of the pairs, its numerator brought 1/2n nearer to 0 where it is
 * positive, and 0 where one side does not vary.
 *
 * @param before, after  [n] per task, in [0, 1]: 0 or 1, or the rate over several samples. With rates each task still
 *                       counts as one observation, so the interval is then wider than it needs to be
 * @throws DATA_EMPTY when n is 0; SHAPE_MISMATCH when the lengths differ
 * @source Newcombe 1998, Statistics in Medicine 17, 2635–2650
 */
export function pairedShareDifference(
  before: readonly number[],
  after: readonly number[],
): Interval {
  checkPairs("pairedShareDifference", before, after);
  const n = before.length;
  const first = wilson(sum(before), n);
  const second = wilson(sum(after), n);
  const phi = correlation(before, after, first.value, second.value);
  const value = second.value - first.value;
  const half = (a: number, b: number): number =>
    Math.sqrt(Math.max(0, a ** 2 - 2 * phi * a * b + b ** 2));
  return {
    value,
    low: value - half(second.value - second.low, first.high - first.value),
    high: value + half(second.high - second.value, first.value - first.low),
  };
}

/**
 * The mean with its percentile bootstrap interval: 2.5 % and 97.5 % of the means of resampled values (Efron 1979).
 * Equal values give an interval of width 0: a bootstrap cannot see what the sample does not show.
 *
 * @param values  [n] independent ones: one per task, not one per sample of a task
 * @throws DATA_EMPTY when n is 0
 */
export function bootstrapMean(
  values: readonly number[],
  { seed = 0, resamples = 5000 }: { readonly seed?: number; readonly resamples?: number } = {},
): Interval {
  const n = values.length;
  if (n === 0)
    throw new HoneError("DATA_EMPTY", { where: "bootstrapMean: values", item: "number" });
  const value = sum(values) / n;
  if (values.every((other) => other === values[0])) {
    return { value: values[0]!, low: values[0]!, high: values[0]! };
  }
  const random = new Random("bootstrap", seed);
  const means = Float64Array.from({ length: resamples }, () => {
    let total = 0;
    for (let i = 0; i < n; i++) total += values[Math.floor(random.uniform() * n)]!;
    return total / n;
  });
  return { value, ...percentiles(means) };
}

/** The 2.5 % and 97.5 % points of resampled estimates, which are sorted in place. */
export function percentiles(estimates: Float64Array): Omit<Interval, "value"> {
  const sorted = estimates.sort();
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}

/**
 * The mean of a few values with Student's interval, as of the seeds of an experiment:
 *
 *     mean ± t · s/√n        s² = Σ (x − mean)² / (n − 1), t the 97.5 % point of Student's t with n − 1 degrees of freedom
 *
 * Of one value nothing says how much it varies, so its interval is infinite. Equal values give an interval of width 0.
 *
 * @param values  [n] one for each seed
 * @throws DATA_EMPTY when n is 0
 * @source Student 1908, Biometrika 6(1)
 * @example studentMean([0.5, 0.6, 0.7]); // { value: 0.6, low: 0.352, high: 0.848 }
 */
export function studentMean(values: readonly number[]): Interval {
  const n = values.length;
  if (n === 0) throw new HoneError("DATA_EMPTY", { where: "studentMean: values", item: "number" });
  const value = sum(values) / n;
  if (n === 1) return { value, low: -Infinity, high: Infinity };
  const deviation = Math.sqrt(sum(values.map((x) => (x - value) ** 2)) / (n - 1));
  const half = (studentPoint(n - 1) * deviation) / Math.sqrt(n);
  return { value, low: value - half, high: value + half };
}

/** The 97.5 % points of Student's t with 1, 2, 3, … degrees of freedom. */
const studentPoints = [
  ...[12.7062047364, 4.3026527299, 3.1824463053, 2.7764451052, 2.5705818366],
  ...[2.4469118487, 2.3646242511, 2.306004135, 2.2621571628, 2.228138852],
];

/** Beyond the table by the expansion in 1/f, right to 1e-5 there. @source Abramowitz & Stegun 1964, 26.7.5 */
function studentPoint(freedom: number): number {
  const known = studentPoints[freedom - 1];
  if (known !== undefined) return known;
  return (
    z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  );
}

/** Linear between neighbours, as numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

/** φ of Newcombe's method 10 from the shares of the four cells, which rates make expected shares. */
function correlation(
  before: readonly number[],
  after: readonly number[],
  p1: number,
  p2: number,
): number {
  const n = before.length;
  const covariance = sum(before.map((value, i) => value * after[i]!)) / n - p1 * p2;
  const corrected = covariance > 0 ? Math.max(0, covariance - 1 / (2 * n)) : covariance;
  const spread = Math.sqrt(p1 * (1 - p1) * p2 * (1 - p2));
  return spread === 0 ? 0 : corrected / spread;
}

function checkPairs(where: string, before: readonly number[], after: readonly number[]): void {
  if (before.length === 0)
    throw new HoneError("DATA_EMPTY", { where: `${where}: before`, item: "number" });
  if (before.length === after.length) return;
  const [expected, got] = [`as many numbers after as before (${before.length})`, `${after.length}`];
  throw new HoneError("SHAPE_MISMATCH", { where, expected, got });
}

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
