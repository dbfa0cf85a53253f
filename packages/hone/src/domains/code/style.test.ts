import { describe, expect, it } from "vitest";
import { isPlain } from "./plain-code.ts";
import { lengthOf, programOf } from "./program.ts";
import { styleChecks, styleOf } from "./style.ts";

describe("checks of style", () => {
  it.each([
    ["names", "xs.map((x, i) => x)", "xs.map((x, i) => x + i)"],
    ["names", "xs.filter(x => 1)", 'xs.filter(x => x + "x => 1")'],
    ["equality", "xs.filter(x => x == 3)", "xs.filter(x => x === 3 || x !== 4 || x >= 5)"],
    ["equality", "xs.filter(x => x != 3)", 'xs.filter(x => x === "a != b")'],
    [
      "binding",
      "function f(xs) { var a = 1; return a; }",
      "function f(xs) { const a = 1; return a; }",
    ],
    ["length", "x".repeat(81), `${"x".repeat(80)}\n${"x".repeat(80)}`],
  ] as const)("of JavaScript find what breaks the rule %s", (name, bad, good) => {
    const { holds } = styleChecks[name];
    expect([holds(bad, "javascript"), holds(withoutText(good), "javascript")]).toEqual([
      false,
      true,
    ]);
  });

  it.each([
    ["names", "[1 for x in xs]", "[x for x in xs]"],
    ["names", "[a for a, b in xs]", "sum(a + b for a, b in xs)"],
    ["equality", "[x for x in xs if x == None]", "[x for x in xs if x == 3]"],
    ["binding", "f = lambda xs: xs", "sorted(xs, key=lambda x: -x)"],
  ] as const)("of Python find what breaks the rule %s", (name, bad, good) => {
    const { holds } = styleChecks[name];
    expect([holds(bad, "python"), holds(good, "python")]).toEqual([false, true]);
  });

  it("give the share of the checks that hold for all lines", () => {
    expect(styleOf(["xs.filter(x => x > 3)", "r.length"], "javascript")).toBe(1);
    expect(styleOf(["xs.filter(x => x == 3)", "r.map((x, i) => x)"], "javascript")).toBe(0.5);
    expect(lengthOf(["a + b", " c"])).toBe(4);
  });
});

const withoutText = (line: string): string => line.replaceAll(/"[^"]*"/g, '""');

describe("plain code", () => {
  it.each([
    ["javascript", "xs.filter(x => x % 3 === 0).reduce((a, b) => a + b, 0)"],
    ["javascript", '[...xs].reverse().join("constructor")'],
    ["javascript", "[...new Set(xs)].at(-1)"],
    ["python", "sorted(xs, key=lambda x: -x, reverse=True)[-3:]"],
    ["python", '"-".join(str(x) for x in xs[::-1] if x != 3)'],
  ] as const)("of %s is %s", (language, line) => {
    expect(isPlain([line], language)).toBe(true);
  });

  it.each([
    ["javascript", "(Array.prototype.map = 1)"],
    ["javascript", "xs.constructor"],
    ["javascript", 'xs["constructor"]'],
    ["javascript", "xs[k]"],
    ["javascript", "(xs.length = 0)"],
    ["javascript", "eval(xs)"],
    ["javascript", "`${xs}`"],
    ["python", "xs.__class__"],
    ["python", "(len := xs)"],
    ["python", "__import__('os')"],
    ["python", "getattr(xs, 'a')"],
    ["python", "exec('a')"],
  ] as const)("of %s is not %s", (language, line) => {
    expect(isPlain([line], language)).toBe(false);
  });
});

describe("a program", () => {
  it("is the lines of an agent in the frame of its language", () => {
    expect(programOf(["xs", "r.length"], "javascript", "xs")).toBe(
      "const f = (xs) => {\n  let r = (xs);\n  r = (r.length);\n  return r;\n};",
    );
    expect(programOf(["xs", "len(r)"], "python", "xs")).toBe(
      "def f(xs):\n    r = (xs)\n    r = (len(r))\n    return r",
    );
  });
});
