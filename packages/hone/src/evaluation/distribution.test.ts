import { describe, expect, it } from "vitest";
import { distributionOf } from "./distribution.ts";

describe("the spread of values", () => {
  it("is that of NumPy: mean, std with ddof 1, quantile, histogram", () => {
    // numpy 2.4: v = [3, -1, 4, 1.5, 9, 2.6, 5, 3, 5, 8]; mean, std(ddof=1), quantile(.25 .5 .75), histogram(bins=4)
    const values = [3, -1, 4, 1.5, 9, 2.6, 5, 3, 5, 8];
    const spread = distributionOf(values, 4)!;
    expect(spread.mean).toBeCloseTo(4.01, 12);
    expect(spread.deviation).toBeCloseTo(2.947861748605, 11);
    expect(spread.quartiles.map((value) => Number(value.toFixed(12)))).toEqual([2.7, 3.5, 5]);
    expect(spread.histogram.map(({ count }) => count)).toEqual([1, 4, 3, 2]);
    expect(spread).toMatchObject({ count: 10, min: -1, max: 9 });
    expect(spread.histogram[0]).toMatchObject({ from: -1, to: 1.5 });
  });

  it("has one part where all values are equal, and is nothing of nothing", () => {
    expect(distributionOf([2, 2])).toEqual({
      ...{ count: 2, mean: 2, deviation: 0, min: 2, quartiles: [2, 2, 2], max: 2 },
      histogram: [{ from: 2, to: 2, count: 2 }],
    });
    expect(distributionOf([])).toBeUndefined();
  });
});
