import { expect, it } from "vitest";
import { exactJson, isDeeper, parsedJson, parsedObject, parseJson } from "./json.ts";

it("parses numbers as numbers, and those with too many digits as the text that was written", () => {
  const text =
    '{"row": 2512292042121000001, "n": 2, "price": 5.0, "tiny": 1e-7, "long": [0.1000000000000000055]}';
  expect(exactJson(text)).toEqual({
    row: "2512292042121000001",
    n: 2,
    price: 5,
    tiny: 1e-7,
    long: ["0.1000000000000000055"],
  });
  const exact =
    "[9007199254740992, 1.2345678901234567, 100000000000000000000, -0.30000000000000004]";
  expect(exactJson(exact)).toEqual(JSON.parse(exact));
  expect(() => exactJson("{")).toThrow(SyntaxError);
});

it("keeps the text of numbers beyond the range of a number", () => {
  expect(exactJson('{"far": 1e400, "near": -1e-400, "n": 1e20}')).toEqual({
    far: "1e400",
    near: "-1e-400",
    n: 1e20,
  });
});

it("gives up on values that are nested too deep, whatever they are nested in", () => {
  for (const [open, close] of [
    ["[", "]"],
    ['{"a":', "}"],
  ] as const) {
    const text = (levels: number): string => `${open.repeat(levels)}1${close.repeat(levels)}`;
    expect(isDeeper(parseJson(text(500)))).toBe(false);
    expect(() => parseJson(text(501))).toThrow("nested deeper than 500 levels");
    for (const levels of [49, 10_000, 200_000]) {
      expect(() => exactJson(text(levels))).toThrow(SyntaxError);
      expect(parsedJson(text(levels))).toBe(text(levels));
      expect(parsedObject(text(levels))).toBeUndefined();
    }
    expect(exactJson(text(48))).toEqual(JSON.parse(text(48)));
  }
});

it("parses texts of objects and lists only", () => {
  expect(parsedJson('{"id": 2512292042121000001}')).toEqual({ id: "2512292042121000001" });
  expect(["1.0", "{", 7].map(parsedJson)).toEqual(["1.0", "{", 7]);
});
