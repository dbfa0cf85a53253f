import { expect, it } from "vitest";
import { logisticRegression } from "./logistic-regression.ts";

const rows = [
  [0.5, 1, 0],
  [1.5, 0, 1],
  [-1, 1, 1],
  [2, 0, 0],
  [-0.5, 0, 1],
  [0.25, 1, 0],
  [1, 1, 1],
  [-2, 0, 0],
  [0, 1, 1],
  [1.75, 1, 0],
];
const labels = [0, 1, 0, 1, 0, 1, 1, 0, 0, 1];
const shares = [0.2, 0.9, 0.1, 0.8, 0.35, 0.6, 0.7, 0.05, 0.4, 1];

/** Weights and intercept of scikit-learn 1.9.1, LogisticRegression(C=1/penalty, tol=1e-12); shares as rows of both labels with weights. */
it.each([
  [
    labels,
    1,
    [1.2888690345735563, -0.03098679281596677, -0.17050225722990625, -0.40567768060058934],
  ],
  [
    labels,
    10,
    [0.3500519628401245, -0.0029894871030504296, -0.040821878228719265, -0.10233461985295647],
  ],
  [
    shares,
    1,
    [0.8506452017496768, -0.07358592108635024, 0.04436187312013977, -0.25021768394896415],
  ],
])("finds the weights that scikit-learn finds (%#)", (targets, penalty, expected) => {
  const { weights, intercept } = logisticRegression(rows, targets, penalty);
  for (const [i, weight] of [...weights, intercept].entries())
    expect(weight).toBeCloseTo(expected[i]!, 7);
});

it("predicts the probability of a row", () => {
  const { weights, intercept, predict } = logisticRegression(rows, labels);
  const logit = intercept + weights[0]! * 2 - weights[1]!;
  expect(predict([2, -1, 0])).toBeCloseTo(1 / (1 + Math.exp(-logit)), 12);
});

it("refuses what is no table", () => {
  expect(() => logisticRegression([], [])).toThrow("DATA_EMPTY");
  expect(() => logisticRegression(rows, [1])).toThrow("SHAPE_MISMATCH");
});
