import { expect, it } from "vitest";
import type { StopReason } from "../../core/rollout.ts";
import { equalRewardsShare, meanAndDeviation, truncatedShare } from "./rollout-figures.ts";

it("counts groups with equal rewards among those that can be compared", () => {
  expect(equalRewardsShare([[1, 1], [0, 1], [2], []])).toBe(0.5);
  expect(equalRewardsShare([[2], []])).toBeUndefined();
});

it("counts rollouts with a reply that the token limit cut off", () => {
  const turns = (...reasons: readonly StopReason[]) => ({
    turns: reasons.map((stopReason) => ({ stopReason })),
  });
  expect(truncatedShare([turns("stop", "length"), turns("stop"), turns(), turns("stop")])).toBe(
    0.25,
  );
  expect(truncatedShare([])).toBe(0);
});

it("knows the deviation of a population", () => {
  expect(meanAndDeviation([1, 3])).toEqual({ mean: 2, deviation: 1 });
  expect(meanAndDeviation([])).toEqual({ mean: 0, deviation: 0 });
});
