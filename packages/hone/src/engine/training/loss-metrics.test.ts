import { expect, it } from "vitest";
import { lossMetrics } from "./loss-metrics.ts";

it("compares every target of a position with that position's old log-prob", () => {
  const datum = {
    tokens: [1, 2],
    targets: [3, 4, 5, 6],
    targetsPerToken: 2,
    samplingLogProbs: Float32Array.of(0, -1),
    advantages: Float32Array.of(1, 1),
  };
  const row = { index: 0, datum, entries: [0, 1, 2, 3] };
  const logProbs = [Float32Array.of(0, Math.log(2), -1, -1 + Math.log(3))];
  const metrics = lossMetrics([row], logProbs, "importance_sampling", {});
  // Ratios 1, 2, 1 and 3.
  expect(metrics["tokens"]).toBe(4);
  expect(metrics["ratio_mean"]).toBeCloseTo(7 / 4, 5);
  expect(metrics["ratio_max"]).toBeCloseTo(3, 5);
});
