import { describe, expect, it } from "vitest";
import { isError } from "../../core/errors.ts";
import { groupAdvantages, hasSignal } from "./advantages.ts";

describe("groupAdvantages", () => {
  it("pays the deviation from the group's mean in units of its deviation", () => {
    const got = groupAdvantages([1, 0, 0, 0], ["a", "a", "a", "a"]);
    // mean 1/4, population deviation √(3/16) = 0.4330127
    expect(got[0]).toBeCloseTo(0.75 / (0.4330127 + 1e-6), 6);
    expect(got[1]).toBeCloseTo(-0.25 / (0.4330127 + 1e-6), 6);
  });

  it("has TRL's form: deviation of the sample, 1e-4 added", () => {
    const options = { deviation: "sample", epsilon: 1e-4 } as const;
    // deviation of the sample: √(3/16 · 4/3) = 0.5
    expect(groupAdvantages([1, 0, 0, 0], ["a", "a", "a", "a"], options)[0]).toBeCloseTo(
      0.75 / 0.5001,
      9,
    );
  });

  it("only centres when scale is none, and keeps interleaved groups apart", () => {
    const got = groupAdvantages([3, 10, 1, 20], ["a", "b", "a", "b"], { scale: "none" });
    expect(got).toEqual([1, -5, -1, 5]);
  });

  it("gives exact zeros to a group of equal rewards and to a group of one", () => {
    expect(groupAdvantages([0.1, 0.1, 0.1, 7], ["a", "a", "a", "b"])).toEqual([0, 0, 0, 0]);
    expect(hasSignal([0.1, 0.1])).toBe(false);
    expect(hasSignal([])).toBe(false);
    expect(hasSignal([0, 1])).toBe(true);
  });

  it("refuses arrays of different lengths", () => {
    expect(() => groupAdvantages([1], [])).toThrow(
      expect.toSatisfy((error) => isError(error, "SHAPE_MISMATCH")),
    );
  });
});
