import { describe, expect, it } from "vitest";
import { batchOfStep, minibatches } from "./minibatches.ts";

describe("minibatches", () => {
  it("deal every item once, in sizes that differ by one at most", () => {
    const items = Array.from({ length: 10 }, (_, i) => i);
    const parts = minibatches(items, 4, ["a"]);
    expect(parts.map((part) => part.length).toSorted((a, b) => a - b)).toEqual([2, 2, 3, 3]);
    expect(parts.flat().toSorted((a, b) => a - b)).toEqual(items);
    expect(parts.flat()).not.toEqual(items);
  });

  it("are a function of their keys", () => {
    const items = Array.from({ length: 10 }, (_, i) => i);
    expect(minibatches(items, 3, ["a", 1])).toEqual(minibatches(items, 3, ["a", 1]));
    expect(minibatches(items, 3, ["a", 1])).not.toEqual(minibatches(items, 3, ["a", 2]));
  });

  it("never make an empty part", () => {
    expect(minibatches([7, 8], 5, [0]).map((part) => part.length)).toEqual([1, 1]);
    expect(minibatches([], 1, [0])).toEqual([]);
    expect(minibatches([], 3, [0])).toEqual([]);
  });

  it("walk a data set once per pass, in another order each time, from the step alone", () => {
    const pass = (from: number): number[] =>
      [0, 1, 2].flatMap((i) => [...batchOfStep(7, 3, from + i, [1]).indices]);
    expect(pass(1).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(pass(4).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(pass(4)).not.toEqual(pass(1));
    expect(batchOfStep(7, 3, 3, [1]).indices).toHaveLength(1);
    expect(batchOfStep(7, 3, 4, [1]).epoch).toBe(1);
  });
});
