import { expect, it } from "vitest";
import { drawn, gridOf } from "./combinations.ts";

it("a grid has every combination, the last setting changing fastest; without settings one that is empty", () => {
  expect(gridOf({ a: [1, 2], b: ["x", "y"] })).toEqual([
    { a: 1, b: "x" },
    { a: 1, b: "y" },
    { a: 2, b: "x" },
    { a: 2, b: "y" },
  ]);
  expect(gridOf({})).toEqual([{}]);
});

it("draws are different combinations within their ranges, the same for the same seed", () => {
  const vary = {
    rate: { low: 1e-5, high: 1e-1, scale: "log" },
    size: { low: 2, high: 4, whole: true },
    loss: ["ppo", "cispo"],
  } as const;
  const some = drawn(vary, 60, 3);
  expect(some).toEqual(drawn(vary, 60, 3));
  expect(some).not.toEqual(drawn(vary, 60, 4));
  expect(drawn(vary, 20, 3)).toEqual(some.slice(0, 20));
  expect(new Set(some.map((one) => JSON.stringify(one))).size).toBe(60);
  const rates = some.map(({ rate }) => Number(rate));
  expect(rates.every((rate) => rate >= 1e-5 && rate <= 1e-1)).toBe(true);
  // Half of a logarithmic range lies below its geometric mean, of a linear one next to nothing.
  const low = rates.filter((rate) => rate < 1e-3).length;
  expect(low).toBeGreaterThan(20);
  expect(low).toBeLessThan(40);
  expect(rates.every((rate) => Number(rate.toPrecision(3)) === rate)).toBe(true);
  expect(new Set(some.map(({ size }) => size))).toEqual(new Set([2, 3, 4]));
  expect(new Set(some.map(({ loss }) => loss))).toEqual(new Set(["ppo", "cispo"]));
});

it("draws no more combinations than there are", () => {
  expect(drawn({ a: [1, 2], b: [1] }, 5, 0)).toHaveLength(2);
});
