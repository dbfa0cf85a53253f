import { describe, expect, it } from "vitest";
import { bootstrapMean, pairedShareDifference, studentMean, wilson } from "./intervals.ts";

const repeat = (value: number, count: number): number[] => Array<number>(count).fill(value);

/** Pairs from the four counts: done on both sides, before only, after only, on neither. */
function pairs(both: number, beforeOnly: number, afterOnly: number, neither: number) {
  return {
    before: [...repeat(1, both + beforeOnly), ...repeat(0, afterOnly + neither)],
    after: [
      ...repeat(1, both),
      ...repeat(0, beforeOnly),
      ...repeat(1, afterOnly),
      ...repeat(0, neither),
    ],
  };
}

describe("Wilson's interval", () => {
  it("of 8 in 10 is 0.490 to 0.943", () => {
    const { value, low, high } = wilson(8, 10);
    expect(value).toBe(0.8);
    expect(low).toBeCloseTo(0.490162, 6);
    expect(high).toBeCloseTo(0.943318, 6);
  });

  it("keeps its width at 0 and at all: 0 of 10 reaches to z²/(n + z²) = 0.2775", () => {
    expect(wilson(0, 10)).toEqual({ value: 0, low: 0, high: expect.closeTo(0.277533, 6) });
    expect(wilson(10, 10)).toEqual({ value: 1, low: expect.closeTo(0.722467, 6), high: 1 });
  });

  it("covers the true share in about 95 % of samples", () => {
    // Exact: the binomial probabilities of n = 40, p = 0.3 for which the interval covers p.
    let probability = 0.7 ** 40;
    let covered = 0;
    for (let k = 0; k <= 40; k++) {
      const { low, high } = wilson(k, 40);
      if (low <= 0.3 && 0.3 <= high) covered += probability;
      probability *= ((40 - k) / (k + 1)) * (0.3 / 0.7);
    }
    expect(covered).toBeGreaterThan(0.93);
    expect(covered).toBeLessThan(0.97);
  });

  it("needs data", () => expect(() => wilson(0, 0)).toThrow(/DATA_EMPTY/));
});

describe("the difference of two paired shares", () => {
  it("of 10 both, 5 before only, 15 after only, 20 neither is 0.2, from 0.0258 to 0.3569", () => {
    const { before, after } = pairs(10, 5, 15, 20);
    const { value, low, high } = pairedShareDifference(before, after);
    expect(value).toBeCloseTo(0.2, 12);
    expect(low).toBeCloseTo(0.025838, 6);
    expect(high).toBeCloseTo(0.356937, 6);
  });

  it("needs no correction of the correlation where it is negative: 34, 5, 15, 2", () => {
    const { before, after } = pairs(34, 5, 15, 2);
    const { low, high } = pairedShareDifference(before, after);
    expect(low).toBeCloseTo(0.024774, 6);
    expect(high).toBeCloseTo(0.32372, 6);
  });

  it("keeps its width when no pair differs: 20 failures on both sides give ±0.161", () => {
    const { low, value, high } = pairedShareDifference(repeat(0, 20), repeat(0, 20));
    expect(value).toBe(0);
    expect(-low).toBeCloseTo(0.161125, 6);
    expect(high).toBeCloseTo(0.161125, 6);
  });

  it("turns round when the sides are swapped", () => {
    const { before, after } = pairs(3, 4, 9, 6);
    const there = pairedShareDifference(before, after);
    const back = pairedShareDifference(after, before);
    expect(back.low).toBeCloseTo(-there.high, 12);
    expect(back.high).toBeCloseTo(-there.low, 12);
  });

  it("refuses sides of different length and no pairs", () => {
    expect(() => pairedShareDifference([1], [])).toThrow(/SHAPE_MISMATCH/);
    expect(() => pairedShareDifference([], [])).toThrow(/DATA_EMPTY/);
  });
});

describe("the bootstrap interval of a mean", () => {
  it("is close to the normal one, mean ± 1.96·s/√n, for many values", () => {
    const values = Array.from({ length: 200 }, (_, i) => (i % 20) / 2);
    const { value, low, high } = bootstrapMean(values, { seed: 1 });
    // 0, 0.5 … 9.5 ten times: mean 4.75, deviation √(0.25·(400−1)/12) = 2.883
    expect(value).toBe(4.75);
    expect(low).toBeCloseTo(4.75 - (1.96 * 2.883) / Math.sqrt(200), 1);
    expect(high).toBeCloseTo(4.75 + (1.96 * 2.883) / Math.sqrt(200), 1);
  });

  it("is the same for the same seed and moves a little for another", () => {
    const values = Array.from({ length: 30 }, (_, i) => Math.sin(i) * i);
    expect(bootstrapMean(values, { seed: 1 })).toEqual(bootstrapMean(values, { seed: 1 }));
    expect(bootstrapMean(values, { seed: 1 })).not.toEqual(bootstrapMean(values, { seed: 2 }));
  });

  it("of equal values, or of one, has no width", () => {
    expect(bootstrapMean([0.1, 0.1, 0.1])).toEqual({ value: 0.1, low: 0.1, high: 0.1 });
    expect(bootstrapMean([4])).toEqual({ value: 4, low: 4, high: 4 });
    expect(() => bootstrapMean([])).toThrow(/DATA_EMPTY/);
  });
});

describe("Student's interval", () => {
  it("has the half width t·s/√n, by the tabled points of t", () => {
    // Of values whose deviation is 1: 12.7062/√2, 4.30265/√3, 2.77645/√5, 2.26216/√10, 2.20099/√12, 2.02269/√40.
    const halves = [
      [2, 8.984643],
      [3, 2.484138],
      [5, 1.241664],
      [10, 0.715357],
      [12, 0.635369],
      [40, 0.319816],
    ] as const;
    for (const [n, half] of halves) {
      // One value is a above the mean and one a below it, so the variance is 2a² / (n − 1) = 1.
      const a = Math.sqrt((n - 1) / 2);
      const { value, low, high } = studentMean([...repeat(3, n - 2), 3 + a, 3 - a]);
      expect(value).toBeCloseTo(3, 12);
      expect(high - 3).toBeCloseTo(half, 4);
      expect(3 - low).toBeCloseTo(half, 4);
    }
  });

  it("says nothing of how much one value varies", () => {
    expect(studentMean([0.5])).toEqual({ value: 0.5, low: -Infinity, high: Infinity });
    expect(studentMean([2, 2])).toEqual({ value: 2, low: 2, high: 2 });
    expect(() => studentMean([])).toThrow("DATA_EMPTY");
  });
});
