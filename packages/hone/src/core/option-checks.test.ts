import { describe, expect, it } from "vitest";
import { isError } from "./errors.ts";
import { checkOptions, optionsOf } from "./known-options.ts";
import { optionChecks, type OptionChecks } from "./option-checks.ts";
import { shownValue } from "./shown-value.ts";

const check: OptionChecks = optionChecks("grpo");

/** The facts of the OPTION_INVALID that a call throws; undefined when it throws none. */
function refusal(call: () => unknown): Record<string, unknown> | undefined {
  try {
    call();
  } catch (error) {
    if (isError(error, "OPTION_INVALID")) return error.facts;
    throw error;
  }
  return undefined;
}

describe("a check", () => {
  it.each([
    ["a whole number", () => check.whole("n", 3, { min: 1 }), 3],
    ["a negative whole number without a range", () => check.whole("n", -3), -3],
    ["the ends of a range", () => check.number("n", 2, { min: 0, max: 2 }), 2],
    ["a share", () => check.share("n", 1), 1],
    ["a time", () => check.milliseconds("n", 0.5 + 1), 1.5],
    ["a choice", () => check.oneOf("n", "b", ["a", "b"]), "b"],
    ["a text", () => check.text("n", " a "), " a "],
    ["a flag", () => check.flag("n", false), false],
    ["a list", () => check.list("n", [1]).length, 1],
  ])("returns what is right: %s", (_, call, value) => {
    expect(call()).toBe(value);
  });

  it.each([
    [() => check.whole("n", "1", { min: 1 }), '"1"', "a whole number of at least 1"],
    [() => check.whole("n", 0, { min: 1 }), "0", "a whole number of at least 1"],
    [() => check.whole("n", 1.5), "1.5", "a whole number"],
    [() => check.whole("n", Infinity), "Infinity", "a whole number"],
    [() => check.whole("n", 2 ** 53), "9007199254740992", "a whole number"],
    [() => check.number("n", NaN, { min: 0 }), "NaN", "a number of at least 0"],
    [() => check.number("n", undefined), "undefined", "a number"],
    [() => check.number("n", 1n), "1n", "a number"],
    [() => check.number("n", 0, { above: 0 }), "0", "a number above 0"],
    [() => check.number("n", 2, { max: 1 }), "2", "a number of at most 1"],
    [() => check.number("n", 1, { min: 0, below: 1 }), "1", "a number of at least 0 and below 1"],
    [() => check.number("n", 0, { above: 0, max: 1 }), "0", "a number above 0 and of at most 1"],
    [() => check.share("n", -0.1), "-0.1", "a number from 0 to 1"],
    [() => check.milliseconds("n", 0.5), "0.5", "a number of milliseconds from 1 to 2147483647"],
    [() => check.milliseconds("n", 2 ** 31), "2147483648", /from 1 to 2147483647$/],
    [() => check.oneOf("n", "c", ["a", "b", 3]), '"c"', '"a", "b" or 3'],
    [() => check.text("n", " "), '" "', "a text that is not empty"],
    [() => check.flag("n", "true"), '"true"', "true or false"],
    [() => check.callable("n", 3 as unknown), "3", "a function"],
    [() => check.list("n", []), "[]", "a list with at least one item"],
    [() => check.list("n", "ab" as never), '"ab"', "a list with at least one item"],
  ])("names function, option, value and rule: case %#", (call, got, expected) => {
    expect(refusal(call)).toEqual({
      where: "grpo",
      option: "n",
      got,
      expected: typeof expected === "string" ? expected : expect.stringMatching(expected),
    });
  });
});

describe("an object of options", () => {
  interface Options {
    readonly groupSize?: number;
    readonly kl?: { readonly coefficient?: number; readonly estimator?: string };
  }
  const given = (options: unknown): Record<string, unknown> | undefined =>
    refusal(() =>
      checkOptions("grpo", options as Options, {
        groupSize: true,
        kl: { coefficient: true, estimator: true },
      }),
    );

  it("passes with known names, whatever is left out", () => {
    expect(given({})).toBeUndefined();
    expect(given({ groupSize: 8, kl: undefined })).toBeUndefined();
    expect(given({ kl: { coefficient: 0.1 } })).toBeUndefined();
  });

  it("is refused with a name that there is not, and the one that was meant is said", () => {
    const expected = "an object with no other keys than groupSize, kl";
    const where = "grpo";
    expect(given({ groupsize: 8 })).toEqual({
      where,
      option: "options",
      got: "{ groupsize: … }",
      expected,
      nearest: "groupSize",
    });
    expect(given({ constructor: 8 })).toEqual({
      where,
      option: "options",
      got: "{ constructor: … }",
      expected,
    });
    expect(() =>
      checkOptions("grpo", { groupsize: 8 } as Options, { groupSize: true, kl: true }),
    ).toThrow("Did you mean groupSize?");
  });

  it("is refused inside another one by its path", () => {
    expect(given({ kl: { coeficient: 0.1 } })).toEqual({
      where: "grpo",
      option: "kl",
      got: "{ coeficient: … }",
      expected: "an object with no other keys than coefficient, estimator",
      nearest: "coefficient",
    });
    expect(given({ kl: 0.1 })).toMatchObject({ option: "kl", got: "0.1" });
    // Two letters that changed places count as two.
    expect(given({ lk: 0.1 })).not.toHaveProperty("nearest");
    const tasks = { train: true, test: true } as const;
    expect(() =>
      checkOptions<{ train?: 1; test?: 1 }>("train", { tset: [] } as object, tasks),
    ).toThrow("Did you mean test?");
  });

  it.each([
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
    ["a number", 8, "8"],
    ["a text", "fast", '"fast"'],
    ["a list", [8], "[8]"],
    ["a function", () => 8, "a function"],
  ])("is refused when it is no object: %s", (_, options, got) => {
    expect(given(options)).toMatchObject({ option: "options", got });
  });

  it("names the function that was called, not the one that looked", () => {
    const call = (): unknown => optionsOf("train", () => check.whole("steps", 0, { min: 1 }));
    expect(refusal(call)).toMatchObject({ where: "train", option: "steps" });
  });
});

describe("a value in an error", () => {
  it.each([
    ["a long text, cut", "x".repeat(100), `"${"x".repeat(80)}…" (100 characters)`],
    ["an address, without its password", "postgres://a:b@c/d", '"postgres://a@c/d"'],
    ["a list, its first items", [1, "2", [3], 4], '[1, "2", a list, … 4 items]'],
    ["an object, its names and numbers", { key: "sk-1", b: 2 }, "{ key: …, b: 2 }"],
    ["an object without fields", {}, "{}"],
    ["an object of a class", new Map(), "an object of class Map"],
    ["an object without prototype", Object.assign(Object.create(null), { a: 1 }), "{ a: 1 }"],
    ["a named function", Math.max, "the function max"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["a regular expression", /a/g, "/a/g"],
    ["minus zero", -0, "0"],
  ])("is short and has quotes only around a text: %s", (_, value, text) => {
    expect(shownValue(value)).toBe(text);
  });

  it("never throws", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(shownValue(proxy)).toBe("an object that cannot be read");
  });
});
