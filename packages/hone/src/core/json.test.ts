import { expect, it } from "vitest";
import { exactJson, parsedJson } from "./json.ts";

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

it("parses texts of objects and lists only", () => {
  expect(parsedJson('{"id": 2512292042121000001}')).toEqual({ id: "2512292042121000001" });
  expect(["1.0", "{", 7].map(parsedJson)).toEqual(["1.0", "{", 7]);
});
