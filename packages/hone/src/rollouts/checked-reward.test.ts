import { describe, expect, it } from "vitest";
import { scored } from "./checked-reward.ts";

describe("what a reward function gives", () => {
  it.each([
    [Number.NaN, "total = NaN"],
    [Infinity, "total = Infinity"],
    [undefined, "total = undefined"],
    [null, "total = null"],
    ["1", 'total = "1"'],
    [true, "total = true"],
    [[1], "total = [1]"],
    [{ score: 1 }, "total = { score: 1 }"],
    [{ total: "1" }, 'total = "1"'],
    [{ total: 1, components: { success: Number.NaN } }, "success = NaN"],
    [{ total: 1, components: { success: true } }, "success = true"],
  ])("is refused by name: %s", (given, words) => {
    expect(() => scored(given)).toThrow(`REWARD_INVALID: The reward function gave ${words};`);
  });

  it("is a reward from a rule unless it says more", () => {
    const plain = { total: 0.5, components: {}, source: "rule" };
    expect(scored(0.5)).toEqual(plain);
    expect(scored({ total: 0.5 })).toEqual(plain);
    const whole = { total: 1, components: { success: 1 }, source: "judge", reason: "kind" };
    expect(scored(whole)).toEqual(whole);
  });
});
