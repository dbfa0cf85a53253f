import { describe, expect, it } from "vitest";
import { rewardWeightRules } from "./reward-weight-choices.ts";
import { rewardWeights, type RewardWeightOptions } from "./reward-weights.ts";

const near = (weights: readonly number[], expected: readonly number[]): void => {
  expect(weights).toHaveLength(expected.length);
  weights.forEach((weight, i) => expect(weight).toBeCloseTo(expected[i]!, 10));
};

/** Scaled to mean 1. */
const scaled = (values: readonly number[]): number[] => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.map((value) => value / mean);
};

describe("reward weights", () => {
  it("standardized: exp of standardized rewards over τ, cut, of mean 1", () => {
    // Mean 3, population deviation 2.
    near(rewardWeights([1, 5]), scaled([Math.exp(-1), Math.exp(1)]));
    near(rewardWeights([1, 5], { temperature: 2 }), scaled([Math.exp(-0.5), Math.exp(0.5)]));
    // At τ 0.1 the exponents are ∓10: cut to 0.1 and 10.
    near(rewardWeights([1, 5], { temperature: 0.1 }), scaled([0.1, 10]));
    near(rewardWeights([1, 5], { minWeight: 0.5, maxWeight: 2 }), scaled([0.5, 2]));
  });

  it("standardized: any scale and offset of rewards give the same weights", () => {
    near(rewardWeights([10, 50, 20].map((r) => 3 * r - 7)), rewardWeights([10, 50, 20]));
  });

  it("awr: exp of the reward above its task's mean, at most 20", () => {
    const rewards = [0, 2, 10, 14];
    const tasks = ["a", "a", "b", "b"];
    near(
      rewardWeights(rewards, { weighting: "awr", tasks, temperature: 2 }),
      scaled([-0.5, 0.5, -1, 1].map(Math.exp)),
    );
    near(rewardWeights([0, 8], { weighting: "awr" }), scaled([Math.exp(-4), 20]));
  });

  it("rwr: exp of the reward over τ, as awr of one task where nothing is cut", () => {
    const rewards = [1, 2, 4];
    near(
      rewardWeights(rewards, { weighting: "rwr", temperature: 2 }),
      scaled([0.5, 1, 2].map(Math.exp)),
    );
    near(
      rewardWeights(rewards, { weighting: "rwr" }),
      rewardWeights(rewards, { weighting: "awr" }),
    );
    // Nothing becomes infinite.
    near(rewardWeights([0, 5000], { weighting: "rwr" }), [0, 2]);
  });

  it("normalized, raw, positive", () => {
    near(rewardWeights([-1, 0, 3], { weighting: "normalized" }), scaled([0, 0.25, 1]));
    near(rewardWeights([-1, 0, 3], { weighting: "raw" }), [-0.75, 0, 2.25]);
    near(rewardWeights([-1, 1, 3], { weighting: "positive" }), [0, 0.75, 2.25]);
  });

  it.each(rewardWeightRules)(
    "%s: equal rewards give 1 each; higher rewards never count less",
    (weighting) => {
      expect(rewardWeights([-2, -2, -2], { weighting })).toEqual([1, 1, 1]);
      const weights = rewardWeights([-3, 0.1, 0.5, 0.5, 9], { weighting });
      expect(weights).toEqual(weights.toSorted((a, b) => a - b));
      const order = [4, 0, 2, 1, 3];
      const permuted = rewardWeights(
        order.map((i) => [-3, 0.1, 0.5, 0.5, 9][i]!),
        { weighting },
      );
      near(
        permuted,
        order.map((i) => weights[i]!),
      );
    },
  );

  it.each<[RewardWeightOptions, string]>([
    [{ temperature: 0 }, "temperature"],
    [{ temperature: -1, weighting: "rwr" }, "temperature"],
    [{ temperature: 1, weighting: "raw" }, 'absent beside weighting "raw"'],
    [{ maxWeight: 2, weighting: "positive" }, "maxWeight"],
    [{ minWeight: -0.1 }, "minWeight"],
    [{ minWeight: 2, maxWeight: 1 }, "at least minWeight, which is 2"],
    [{ weighting: "exponential" as "awr" }, "weighting"],
    [{ weighing: "awr" } as RewardWeightOptions, "Did you mean weighting"],
  ])("refuses %o by name", (options, name) => {
    expect(() => rewardWeights([1, 2], options)).toThrow(name);
  });

  it("refuses rewards that are no numbers, and those of which none counts", () => {
    expect(() => rewardWeights([1, Number.NaN])).toThrow("rewards[1]");
    expect(() => rewardWeights([Infinity, 1])).toThrow("rewards[0]");
    expect(() => rewardWeights([-1, -2], { weighting: "positive" })).toThrow("none above 0");
    expect(() => rewardWeights([1, 2], { weighting: "awr", tasks: ["a"] })).toThrow("tasks");
  });
});
