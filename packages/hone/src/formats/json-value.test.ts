import { describe, expect, it } from "vitest";
import { cutHead } from "../core/cut-texts.ts";
import { jsonObject, jsonValue, numberObject, problemsOf } from "./json-value.ts";

const problem = (schema: typeof jsonValue, value: unknown): string => {
  const result = schema.safeParse(value);
  return result.success ? "" : problemsOf(result.error);
};

describe("a JSON value", () => {
  it("keeps keys called __proto__ at every level, and changes no prototype", () => {
    const text = '{"__proto__":{"a":[{"__proto__":1}]},"b":2}';
    const value = jsonObject.parse(JSON.parse(text));
    expect(JSON.stringify(value)).toBe(text);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(JSON.stringify(numberObject.parse(JSON.parse('{"__proto__":1}')))).toBe(
      '{"__proto__":1}',
    );
    expect(Object.hasOwn({}, "a")).toBe(false);
  });

  it.each([
    [{ a: [1, Number.NaN] }, "a.1: expected a value that JSON has"],
    [{ a: undefined }, "a: expected a value that JSON has"],
    [{ a: new Date(0) }, "a: expected a value that JSON has"],
    [{ a: new Map() }, "a: expected a value that JSON has"],
    [Array.from({ length: 1 }), "0: expected a value that JSON has"],
    [1n, "expected a value that JSON has"],
  ])("refuses what JSON does not have, with its place: %o", (value, expected) => {
    expect(problem(jsonValue, value)).toBe(expected);
  });

  it("refuses a value that is nested too deep instead of overflowing the stack", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(problem(jsonValue, deep)).toContain("nested deeper than 500 levels");
  });

  it("takes lists, texts and nothing for no object", () => {
    for (const value of [[], "a", null, undefined]) {
      expect(problem(jsonObject, value)).toBe("expected a JSON object");
    }
  });
});

it("cutting a head keeps a key called __proto__", () => {
  const metadata = JSON.parse(`{"__proto__":"a","b":"${"b".repeat(1_100_000)}"}`) as {};
  const head = {
    ...{ id: "1", agent: "", task: "", attempt: 1, status: "completed" as const, startedAt: 0 },
    ...{ tags: [], rewards: [], metadata },
  };
  expect(Object.keys(cutHead(head).metadata)).toEqual(["__proto__", "b", "hone.cut"]);
});
