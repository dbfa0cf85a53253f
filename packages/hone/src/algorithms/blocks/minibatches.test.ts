import { describe, expect, it } from "vitest";
import { batchOfStep, minibatches, minibatchesOfTokens } from "./minibatches.ts";

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

  it("of tokens are as few as fit, about as full as each other, and hold every item once", () => {
    const lengths = [7, 1, 3, 2, 9, 4, 1, 5, 0];
    const parts = minibatchesOfTokens(lengths, { tokensOf: (one) => one, maxTokens: 11 }, ["a"]);
    const tokens = parts.map((part) => part.reduce((a, b) => a + b, 0));
    const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);
    expect(sorted(tokens)).toEqual([10, 11, 11]);
    expect(sorted(parts.flat())).toEqual(sorted(lengths));
    const orders = [1, 2, 3, 4].map((key) =>
      minibatchesOfTokens(lengths, { tokensOf: (one) => one, maxTokens: 11 }, [key]).join(";"),
    );
    expect(new Set(orders).size).toBeGreaterThan(1);
  });

  it("of tokens keep what is longer by itself, and cut nothing that fits", () => {
    const budget = { tokensOf: (one: number) => one, maxTokens: 4 };
    const parts = minibatchesOfTokens([9, 1, 2], budget, ["a"]);
    expect(parts).toHaveLength(2);
    expect(parts).toEqual(expect.arrayContaining([[1, 2], [9]]));
    expect(minibatchesOfTokens([3, 1], budget, ["a"])).toEqual([[3, 1]]);
    expect(minibatchesOfTokens([], budget, ["a"])).toEqual([]);
    expect(minibatchesOfTokens([0, 0], budget, ["a"])).toEqual([[0, 0]]);
    expect(minibatchesOfTokens([3, 3, 3], budget, ["a"]).map(({ length }) => length)).toEqual([
      1, 1, 1,
    ]);
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
