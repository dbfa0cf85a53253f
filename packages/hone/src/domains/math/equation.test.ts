import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalText,
  type Equation,
  formatEquation,
  isSimplified,
  parseEquation,
  simplified,
  solutionOf,
  type Term,
} from "./equation.ts";
import { formatRational, isZero, rational } from "./rational.ts";

const factors = fc
  .tuple(fc.integer({ min: -30, max: 30 }), fc.integer({ min: 1, max: 9 }))
  .map(([n, d]) => rational(n, d));
const simpleTerms: fc.Arbitrary<Term> = fc.record({
  kind: fc.constantFrom("x" as const, "constant" as const),
  factor: factors,
});
const brackets: fc.Arbitrary<Term> = fc.record({
  kind: fc.constant("bracket" as const),
  factor: factors,
  terms: fc.array(simpleTerms, { minLength: 1, maxLength: 2 }),
});
const sides = fc.array(fc.oneof(simpleTerms, brackets), { minLength: 1, maxLength: 3 });
const equations: fc.Arbitrary<Equation> = fc.record({ left: sides, right: sides });

const solve = (text: string): string => formatRational(solutionOf(parseEquation(text))!);

describe("linear equations", () => {
  it.each([
    ["3x + 7 = 16", "3"],
    ["16 = 3x + 7", "3"],
    ["x/4 - 2 = 5", "28"],
    ["3(x + 2) - 4 = 2x/5 + 1", "-5/13"],
    ["-x = 3", "-3"],
    ["2(x - (x + 1)/2) = 4", "5"],
  ])("%s has the solution %s", (text, solution) => expect(solve(text)).toBe(solution));

  it.each(["x = x", "2x + 1 = 2x", "3 = 3"])("%s has no single solution", (text) =>
    expect(solutionOf(parseEquation(text))).toBeUndefined(),
  );

  it("are read back as they were written", () => {
    fc.assert(
      fc.property(equations, (equation) => {
        const text = formatEquation(equation);
        fc.pre(text.length <= 120);
        expect(formatEquation(parseEquation(text))).toBe(text);
        const [written, read] = [solutionOf(equation), solutionOf(parseEquation(text))];
        expect(read).toEqual(written);
      }),
    );
  });

  it("keep their solution when simplified, and simplify to the same text whichever side comes first", () => {
    fc.assert(
      fc.property(equations, (equation) => {
        const plain = simplified(equation);
        expect(isSimplified(plain)).toBe(true);
        expect(solutionOf(plain)).toEqual(solutionOf(equation));
        const swapped = { left: equation.right, right: equation.left };
        fc.pre(solutionOf(equation) !== undefined);
        expect(canonicalText(swapped)).toBe(canonicalText(equation));
      }),
    );
  });

  it("count as simplified only without brackets, like terms and zeros beside other terms", () => {
    expect(["3x + 7 = 16", "7 + 3x = 16", "0 = x"].map(parseEquation).every(isSimplified)).toBe(
      true,
    );
    for (const text of ["2x + 3x = 5", "2(x) = 4", "x + 0 = 4", "1 + 2 = x"]) {
      expect(isSimplified(parseEquation(text)), text).toBe(false);
    }
  });

  it.each([
    ["3x + 7", "exactly one equals sign"],
    ["3x = 7 = 9", "exactly one equals sign"],
    ["3y = 7", '"y" cannot be read'],
    ["3x + = 7", "ends too early"],
    ["3(x + 2 = 7", "ends too early"],
    ["x/0 = 1", "cannot be used"],
    ["x*x = 1", '"\\*x" cannot be read'],
    ["", "exactly one equals sign"],
    [`${"(".repeat(200)}x = 1`, "longer than 120"],
  ])("%j is refused with its fault named", (text, problem) => {
    expect(() => parseEquation(text)).toThrow(new RegExp(`EQUATION_INVALID.*${problem}`));
  });

  it("print 0 for a side that vanishes", () => {
    const { left } = simplified(parseEquation("2x - 2x = 4"));
    expect(left.every((term) => isZero(term.factor))).toBe(true);
    expect(formatEquation(simplified(parseEquation("2x - 2x = 4x")))).toBe("0 = 4x");
  });
});
