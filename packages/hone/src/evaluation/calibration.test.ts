import { describe, expect, it } from "vitest";
import { calibrationError, calibrationInterval, reliability } from "./calibration.ts";

describe("calibration", () => {
  it("compares confidence with accuracy in each bin: worked out by hand", () => {
    // 0.9 sure and right, 0.9 sure and wrong (0.1 was given to the better one), 0.6 sure and right.
    const bins = reliability([0.9, 0.1, 0.6], 2);
    expect(bins).toHaveLength(2);
    expect(bins[0]).toMatchObject({ from: 0.5, to: 0.75, count: 1, accuracy: 1 });
    expect(bins[0]!.confidence).toBeCloseTo(0.6, 12);
    expect(bins[1]).toMatchObject({ from: 0.75, to: 1, count: 2, accuracy: 0.5 });
    expect(bins[1]!.confidence).toBeCloseTo(0.9, 12);
    expect(calibrationError([0.9, 0.1, 0.6], 2)).toBeCloseTo((0.4 + 2 * 0.4) / 3, 12);
  });

  it("is 0 where what is said comes true as often, and the last bin holds certainty", () => {
    expect(calibrationError([0.75, 0.75, 0.75, 0.25])).toBe(0);
    expect(reliability([1]).map(({ to, accuracy }) => [to, accuracy])).toEqual([[1, 1]]);
    // One that prefers neither is right in half of the cases.
    expect(calibrationError([0.5, 0.5])).toBe(0);
  });

  it("has an interval that depends on the seed alone", () => {
    const given = [0.9, 0.8, 0.7, 0.2, 0.6];
    const one = calibrationInterval(given, { seed: 1 });
    expect(calibrationInterval(given, { seed: 1 })).toEqual(one);
    expect(one.value).toBe(calibrationError(given));
    expect(one.low).toBeLessThan(one.high);
  });
});
