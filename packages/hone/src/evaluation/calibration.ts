/**
 * Calibration of predicted probabilities: whether what is said with 80 % comes true in 80 % of cases.
 *
 *     ECE = Σ_b n_b/N · |accuracy_b − confidence_b|        bins of equal width over [0.5, 1]
 *
 * @source Guo et al. 2017, On Calibration of Modern Neural Networks (arXiv:1706.04599) §2, with bins over [0.5, 1], as of two answers the
 *         preferred one has a probability of at least 0.5
 */
import { Random } from "../core/random.ts";
import { type Interval, percentiles } from "./intervals.ts";

/** Predictions of about the same confidence. */
export interface ReliabilityBin {
  /** The bin's ends, from 0.5 to 1. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean confidence, the larger of the two probabilities. */
  readonly confidence: number;
  /** Share in which the one with the larger probability was the better one; a probability of 0.5 counts half. */
  readonly accuracy: number;
}

/** Bins that hold a prediction, from the least to the most confident. */
export function reliability(probabilities: readonly number[], bins = 5): readonly ReliabilityBin[] {
  const confidence = (p: number): number => Math.max(p, 1 - p);
  const placeOf = (p: number): number =>
    Math.min(bins - 1, Math.floor((confidence(p) - 0.5) * 2 * bins));
  return Array.from({ length: bins }, (_, bin) => {
    const some = probabilities.filter((p) => placeOf(p) === bin);
    const mean = (of: (p: number) => number): number =>
      some.reduce((sum, p) => sum + of(p), 0) / some.length;
    return {
      from: 0.5 + bin / (2 * bins),
      to: 0.5 + (bin + 1) / (2 * bins),
      count: some.length,
      confidence: mean(confidence),
      accuracy: mean((p) => (p > 0.5 ? 1 : p === 0.5 ? 0.5 : 0)),
    };
  }).filter(({ count }) => count > 0);
}

/** The expected calibration error, 0 to 1. @param probabilities  what was given to the better one of each pair, at least one */
export function calibrationError(probabilities: readonly number[], bins = 5): number {
  return reliability(probabilities, bins).reduce(
    (sum, { count, accuracy, confidence }) =>
      sum + (count / probabilities.length) * Math.abs(accuracy - confidence),
    0,
  );
}

/**
 * The same with its percentile bootstrap interval over pairs. With few pairs the error is larger than that of the model, as every bin's
 * accuracy is a draw, and the interval lies higher still.
 */
export function calibrationInterval(
  probabilities: readonly number[],
  { seed = 0, resamples = 1000 }: { readonly seed?: number; readonly resamples?: number } = {},
): Interval {
  const random = new Random("calibration", seed);
  const n = probabilities.length;
  const errors = Float64Array.from({ length: resamples }, () =>
    calibrationError(probabilities.map(() => probabilities[Math.floor(random.uniform() * n)]!)),
  );
  return { value: calibrationError(probabilities), ...percentiles(errors) };
}
