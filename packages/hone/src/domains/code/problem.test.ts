import { describe, expect, it } from "vitest";
import { operationNames, operations } from "./operations.ts";
import {
  formatProblem,
  needsOf,
  parameterOf,
  parseProblem,
  type ProblemStep,
  resultOf,
  solutionOf,
  valuesOf,
} from "./problem.ts";

const result = (problem: string, input: string | readonly number[]) =>
  resultOf(parseProblem(problem), input);

describe("a problem in words", () => {
  it("is read back as it was written, for every operation and number", () => {
    for (const operation of operationNames) {
      const [low, high] = operations[operation].range ?? [0, 0];
      for (let n = low; n <= high; n++) {
        const problem: readonly ProblemStep[] = [{ operation, n }];
        expect(parseProblem(formatProblem(problem))).toEqual(problem);
      }
    }
  });

  it("is refused, with the reason, where it is none", () => {
    const problems = [
      ["", /there is no step ""/],
      ["keep above 3, fly", /there is no step "fly"/],
      ["keep above 99", /there is no step "keep above 99"/],
      ["sum, count", /"sum" gives a value of the type number, and "count" takes numbers/],
      [Array.from({ length: 7 }, () => "square").join(","), /more than 6 steps/],
    ] as const;
    for (const [text, problem] of problems) {
      expect(() => parseProblem(text)).toThrow(/^CODE_PROBLEM_INVALID/);
      expect(() => parseProblem(text)).toThrow(problem);
    }
  });

  it("computes step by step", () => {
    expect(valuesOf(parseProblem("keep above 3, square, sum"), [1, 5, 4])).toEqual([
      [5, 4],
      [25, 16],
      41,
    ]);
    expect(result("split words, keep longer than 3, join words by -", "the Moon sees")).toBe(
      "Moon-sees",
    );
    expect(result("blanks to -, upper case, backwards", "a tree")).toBe("EERT-A");
    expect(result("take last 2, reverse", [1, 2, 3])).toEqual([3, 2]);
    expect(result("drop repeats, count", [2, 2, 3])).toBe(2);
  });

  it("has no result where a step has none", () => {
    expect(result("keep above 9, largest", [1, 2])).toBeUndefined();
    expect(result("first item", [])).toBeUndefined();
  });

  it("has a solution in both languages, and says what it needs", () => {
    const problem = parseProblem("keep above 3, sum");
    expect(solutionOf(problem, "javascript")).toEqual([
      "xs.filter(x => x > 3)",
      "r.reduce((a, b) => a + b, 0)",
    ]);
    expect(solutionOf(problem, "python")).toEqual(["[x for x in xs if x > 3]", "sum(r)"]);
    expect(needsOf(problem)).toEqual(["filter", "sum"]);
    expect(parameterOf(problem)).toBe("xs");
  });

  it("names only operations of the same types as easily confused", () => {
    for (const row of Object.values(operations)) {
      for (const name of row.confusedWith) {
        const other = Object.entries(operations).find(([key]) => key === name)?.[1];
        expect([other?.from, other?.to]).toEqual([row.from, row.to]);
      }
    }
  });
});
