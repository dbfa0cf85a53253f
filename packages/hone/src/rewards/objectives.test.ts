import { describe, expect, it } from "vitest";
import { combineObjectives } from "./objectives.ts";

const group = [
  { right: 1, tokens: 900 },
  { right: 0, tokens: 100 },
  { right: 1, tokens: 500 },
];

describe("several objectives", () => {
  it("are summed as they are", () => {
    expect(combineObjectives(group, { weights: { right: 2, tokens: -0.001 } })).toEqual([
      1.1, -0.1, 1.5,
    ]);
  });

  it("are put on the range of the group", () => {
    expect(
      combineObjectives(group, { weights: { right: 1, tokens: -0.5 }, scale: "range" }),
    ).toEqual([0.5, 0, 0.75]);
  });

  it("are put in deviations of the group", () => {
    // right: mean 2/3, deviation √2/3 → ½√2, −√2, ½√2. tokens: mean 500, deviation 800/√6 → ½√6, −½√6, 0.
    const totals = combineObjectives(group, {
      weights: { right: 1, tokens: -1 },
      scale: "deviation",
    });
    const expected = [Math.SQRT1_2 - Math.sqrt(6) / 2, Math.sqrt(6) / 2 - Math.SQRT2, Math.SQRT1_2];
    totals.forEach((total, i) => expect(total).toBeCloseTo(expected[i]!, 12));
  });

  it("say nothing where all are equal", () => {
    const equal = [{ a: 0.1 }, { a: 0.1 }, { a: 0.1 }];
    for (const scale of ["deviation", "range"] as const) {
      expect(combineObjectives(equal, { weights: { a: 1 }, scale })).toEqual([0, 0, 0]);
    }
  });

  it("count by their weight whatever their unit", () => {
    const small = group.map(({ right, tokens }) => ({ right, tokens: tokens / 1e6 }));
    const options = { weights: { right: 1, tokens: 1 }, scale: "deviation" as const };
    const totals = combineObjectives(small, options);
    combineObjectives(group, options).forEach((total, i) =>
      expect(totals[i]).toBeCloseTo(total, 9),
    );
  });

  it("must all be there, as numbers", () => {
    const expected = expect.objectContaining({ code: "OPTION_INVALID" });
    expect(() => combineObjectives([{ a: 1 }, {}], { weights: { a: 1 } })).toThrow(expected);
    expect(() => combineObjectives([{ a: Number.NaN }], { weights: { a: 1 } })).toThrow(expected);
    expect(() => combineObjectives([{ a: 1 }], { weights: { a: Infinity } })).toThrow(expected);
  });
});
