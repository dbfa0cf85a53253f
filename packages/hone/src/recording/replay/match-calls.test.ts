/** Which recorded call answers a call, and in which order. */
import { describe, expect, it } from "vitest";
import { callSearch, isAlike } from "./match-calls.ts";

const recorded = (given: object, result: number) =>
  ({ name: "look", arguments: given, result }) as {
    name: string;
    arguments: never;
    result: number;
  };

describe("the search", () => {
  it("finds equal arguments whatever the order of keys, and nothing of another name", () => {
    const find = callSearch([recorded({ a: 1, b: { c: [2], d: null } }, 1)], "exact");
    expect(find("look", { b: { d: null, c: [2] }, a: 1 })?.call.result).toBe(1);
    expect(find("look", { a: 1 })).toBeUndefined();
    expect(find("other", { a: 1, b: { c: [2], d: null } })).toBeUndefined();
  });

  it("takes results of one call in the order of recording, and the last one from then on", () => {
    const find = callSearch(
      [recorded({ a: 1 }, 1), recorded({ a: 2 }, 9), recorded({ a: 1 }, 2)],
      "exact",
    );
    expect([1, 2, 3].map(() => find("look", { a: 1 })!.call.result)).toEqual([1, 2, 2]);
    expect(find("look", { a: 2 })!.call.result).toBe(9);
  });

  it("takes an equal call before one that is only alike", () => {
    const find = callSearch(
      [recorded({ city: "OSLO" }, 1), recorded({ city: "oslo" }, 2)],
      "loose",
    );
    expect(find("look", { city: "oslo" })).toMatchObject({ match: "exact", call: { result: 2 } });
    expect(find("look", { city: "Oslo " })).toMatchObject({ match: "loose", call: { result: 1 } });
    expect(find("look", { city: "Rome" })).toBeUndefined();
  });
});

it.each([
  [" Oslo", "oslo", true],
  ["1", 1, false],
  [[1, "A"], [1, "a "], true],
  [[1], [1, 2], false],
  [{ a: 1, b: 2 }, { a: 1, c: 3 }, true],
  [{ a: 1 }, { b: 1 }, false],
  [{}, {}, true],
  [{}, { a: 1 }, false],
  [{ a: { b: "X" } }, { a: { b: "x", c: 1 } }, true],
  [null, undefined, false],
])("%j and %j are alike: %s", (a, b, expected) => {
  expect(isAlike(a, b)).toBe(expected);
  expect(isAlike(b, a)).toBe(expected);
});
