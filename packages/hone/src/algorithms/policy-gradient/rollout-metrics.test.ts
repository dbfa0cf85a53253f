import { expect, it } from "vitest";
import { advantageMetrics } from "./rollout-metrics.ts";

it("takes advantages over sampled tokens, whether an answer has one for all of them or one for each", () => {
  const answers = [
    { rows: [{ mask: [0, 1, 1, 1] }], advantage: 1 },
    { rows: [{ mask: [0, 1] }, { mask: [0] }], advantage: [[9, -1], [9]] },
  ];
  const { advantage_mean: mean, advantage_std: deviation } = advantageMetrics({ answers });
  expect(mean).toBe(0.5);
  expect(deviation).toBeCloseTo(Math.sqrt(0.75), 12);
  expect(advantageMetrics({ answers: [] })).toEqual({ advantage_mean: 0, advantage_std: 0 });
});
