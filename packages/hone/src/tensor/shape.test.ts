import { describe, expect, it } from "vitest";
import { isError } from "../core/errors.ts";
import { bindShape, broadcast, divide, times } from "./shape.ts";

describe("dimensions", () => {
  it("are spelled in one way, whatever the order of their factors", () => {
    expect(times("T", 8, "B")).toBe("8*B*T");
    expect(times("2*B", "4*T")).toBe("8*B*T");
    expect(times(3, 4)).toBe(12);
    expect(times("B", 1)).toBe("B");
    expect(times("B", 0)).toBe(0);
    expect(times()).toBe(1);
  });

  it("divide only where the quotient is whole", () => {
    expect(divide("8*B*T", "2*B")).toBe("4*T");
    expect(divide("B*T", "B*T")).toBe(1);
    expect(divide("B*B", "B")).toBe("B");
    expect(divide("3*B", 2)).toBeUndefined();
    expect(divide("B", "T")).toBeUndefined();
  });

  it("take the values of their symbols", () => {
    expect(bindShape(["8*B*T", 3], { B: 2, T: 5 })).toEqual([80, 3]);
    expect(() => bindShape(["B"], {})).toThrow(/a value for symbol B/);
  });
});

describe("broadcast", () => {
  it("stretches 1 and aligns at the end", () => {
    expect(broadcast("t", ["B", 1, 3], ["T", 1])).toEqual(["B", "T", 3]);
    expect(broadcast("t", [], [2])).toEqual([2]);
  });

  it("refuses two sizes, also a symbol against a number", () => {
    for (const [a, b] of [
      [[2], [3]],
      [["B"], [3]],
      [["B"], ["T"]],
    ] as const) {
      const attempt = (): unknown => broadcast("t", a, b);
      expect(attempt).toThrow(/shapes that broadcast/);
      try {
        attempt();
      } catch (error) {
        expect(isError(error, "SHAPE_MISMATCH")).toBe(true);
      }
    }
  });
});
