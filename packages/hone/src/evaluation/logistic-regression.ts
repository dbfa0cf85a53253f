/**
 * Logistic regression, a baseline for predictions of a probability:
 *
 *     p = σ(w·x + b)        w, b minimise  − Σ_i [ y_i log p_i + (1 − y_i) log (1 − p_i) ]  +  λ/2 · |w|²
 *
 * y may be a share as well as 0 or 1. The penalty leaves b free, as scikit-learn's `LogisticRegression(C=1/λ)` does. Solved by Newton's
 * method, which here is iteratively reweighted least squares.
 *
 * @source Hastie, Tibshirani, Friedman 2009, The Elements of Statistical Learning, §4.4.1
 */
import { HoneError } from "../core/errors.ts";
import { logistic } from "../core/logistic.ts";

/** A fitted regression. */
export interface LogisticRegression {
  /** [F] */
  readonly weights: readonly number[];
  readonly intercept: number;
  /** The probability for a row of features. */
  readonly predict: (features: readonly number[]) => number;
}

/** Newton's method has converged when no weight moves by more than this. */
const TOLERANCE = 1e-9;
const MAX_ITERATIONS = 100;

/**
 * Fits a regression.
 * @param rows     [N, F] features
 * @param targets  [N] each from 0 to 1
 * @param penalty  λ, above 0, so that there is one solution
 * @throws SHAPE_MISMATCH for another number of targets than rows; DATA_EMPTY without rows
 */
export function logisticRegression(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  penalty = 1,
): LogisticRegression {
  const [first] = rows;
  const where = "logisticRegression";
  if (first === undefined)
    throw new HoneError("DATA_EMPTY", { where: `${where}: rows`, item: "row" });
  if (rows.length !== targets.length) {
    const expected = `as many targets as rows (${rows.length})`;
    throw new HoneError("SHAPE_MISMATCH", { where, expected, got: String(targets.length) });
  }
  // The intercept is the weight of a feature that is always 1.
  const features = rows.map((row) => [...row, 1]);
  let weights: number[] = Array.from({ length: first.length + 1 }, () => 0);
  for (let i = 0; i < MAX_ITERATIONS; i++) {
    const step = newtonStep(features, targets, weights, penalty);
    weights = weights.map((w, k) => w - step[k]!);
    if (Math.max(...step.map(Math.abs)) < TOLERANCE) break;
  }
  const intercept = weights.at(-1)!;
  const slopes = weights.slice(0, -1);
  return { weights: slopes, intercept, predict: (x) => logistic(dot(slopes, x) + intercept) };
}

/** H⁻¹g, of the Hessian and the gradient at these weights. */
function newtonStep(
  features: readonly (readonly number[])[],
  targets: readonly number[],
  weights: readonly number[],
  penalty: number,
): number[] {
  const size = weights.length;
  const isFree = (k: number): boolean => k === size - 1;
  const gradient = weights.map((w, k) => (isFree(k) ? 0 : penalty * w));
  const hessian = weights.map((_, k) =>
    weights.map((__, j) => (j === k && !isFree(k) ? penalty : 0)),
  );
  for (const [i, x] of features.entries()) {
    const p = logistic(dot(weights, x));
    const curvature = p * (1 - p);
    for (let k = 0; k < size; k++) {
      if (x[k] === 0) continue;
      gradient[k]! += (p - targets[i]!) * x[k]!;
      for (let j = 0; j <= k; j++) hessian[k]![j]! += curvature * x[k]! * x[j]!;
    }
  }
  return solved(hessian, gradient);
}

/** A⁻¹b of a symmetric positive definite A, of which only the lower half is read (Cholesky). */
function solved(a: readonly number[][], b: readonly number[]): number[] {
  const size = b.length;
  const lower = a.map((row) => [...row]);
  for (let k = 0; k < size; k++)
    for (let j = 0; j <= k; j++) {
      let sum = lower[k]![j]!;
      for (let i = 0; i < j; i++) sum -= lower[k]![i]! * lower[j]![i]!;
      lower[k]![j] = k === j ? Math.sqrt(sum) : sum / lower[j]![j]!;
    }
  const y = [...b];
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < k; i++) y[k]! -= lower[k]![i]! * y[i]!;
    y[k]! /= lower[k]![k]!;
  }
  for (let k = size - 1; k >= 0; k--) {
    for (let i = k + 1; i < size; i++) y[k]! -= lower[i]![k]! * y[i]!;
    y[k]! /= lower[k]![k]!;
  }
  return y;
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0);
