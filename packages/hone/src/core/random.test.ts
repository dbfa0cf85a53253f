import { describe, expect, it } from "vitest";
import { Random, randomBits, uniform } from "./random.ts";

describe("random", () => {
  it("is a function of its keys", () => {
    expect(uniform(1, 2, "a")).toBe(uniform(1, 2, "a"));
    expect(
      new Set([uniform(0), uniform(1), uniform(0, 0), uniform("0"), uniform(2 ** 32)]).size,
    ).toBe(5);
  });

  it("is uniform: mean 1/2, variance 1/12, no bias between neighbouring keys", () => {
    const n = 20_000;
    const xs = Array.from({ length: n }, (_, i) => uniform(7, i));
    const mean = xs.reduce((a, b) => a + b, 0) / n;
    const variance = xs.reduce((a, x) => a + (x - mean) ** 2, 0) / n;
    const lag = xs.slice(1).reduce((a, x, i) => a + (x - mean) * (xs[i]! - mean), 0) / n / variance;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.002);
    expect(Math.abs(lag)).toBeLessThan(0.02);
  });

  it("draws normals of mean 0 and deviation 1", () => {
    const random = new Random("normal");
    const xs = Array.from({ length: 20_000 }, () => random.normal());
    const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
    const deviation = Math.sqrt(xs.reduce((a, x) => a + (x - mean) ** 2, 0) / xs.length);
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.03);
  });

  it("shuffles into a permutation and gives 32 bits", () => {
    const shuffled = new Random(3).shuffle([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(shuffled).not.toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(randomBits("x")).toBeLessThan(2 ** 32);
  });
});
