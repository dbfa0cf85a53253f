import { describe, expect, it } from "vitest";
import { canonicalText, formatEquation, parseEquation, solutionOf } from "./equation.ts";
import { type MathLevel, equationTask, equationTasks, splitOf } from "./tasks.ts";

const levels: readonly MathLevel[] = [1, 2, 3, 4, 5];
const canonical = (equation: string): string => canonicalText(parseEquation(equation));

describe("equation tasks", () => {
  it("share no equation between train and test, for any seeds, however it is written", () => {
    const of = (split: "train" | "test", seed: number) =>
      equationTasks({ split, seed, levels, count: 100 }).map((task) => canonical(task.equation));
    const train = new Set([...of("train", 0), ...of("train", 1), ...of("train", 2)]);
    const test = [...of("test", 0), ...of("test", 1), ...of("test", 7)];
    expect(test.filter((equation) => train.has(equation))).toEqual([]);
    for (const same of ["16 = 3x + 7", "7 + 3x = 16", "x + 2x + 7 = 16", "3x + 2 + 5 = 16"]) {
      expect(splitOf(same)).toBe(splitOf("3x + 7 = 16"));
    }
  });

  it("are the same for the same options, others for another seed, and never the same twice", () => {
    const draw = (seed: number) => equationTasks({ split: "train", count: 200, levels, seed });
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    expect(new Set(draw(5).map(({ equation }) => canonical(equation))).size).toBe(200);
    expect(new Set(draw(5).map(({ id }) => id)).size).toBe(200);
  });

  it("give about one equation in five to the test split", () => {
    const all = Array.from({ length: 8 * 9 * 9 }, (_, i) => {
      const [a, b, x] = [2 + (i % 8), 1 + (Math.floor(i / 8) % 9), 1 + Math.floor(i / 72)];
      return splitOf(`${a}x + ${b} = ${a * x + b}`);
    });
    expect(all).toHaveLength(648);
    const share = all.filter((split) => split === "test").length / all.length;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.25);
  });

  it("of level 1 have small whole numbers, of levels 1 to 4 whole solutions, and are written as they are printed", () => {
    for (const level of levels) {
      for (const { equation } of equationTasks({ split: "train", count: 80, levels: [level] })) {
        expect(formatEquation(parseEquation(equation))).toBe(equation);
        expect(equation).toMatch(level === 1 ? /^[2-9]x \+ [1-9] = \d{1,2}$/ : /x/);
        const { denominator } = solutionOf(parseEquation(equation))!;
        expect(denominator === 1n || level === 5).toBe(true);
      }
    }
  });

  it("say how many exist when more are asked for", () => {
    expect(() => equationTasks({ split: "test", count: 400 })).toThrow(
      /TASKS_EXHAUSTED.*test, levels 1.*asked for 400 different tasks; only 1\d\d/,
    );
  });

  it("of your own are checked", () => {
    expect(equationTask("3x + 7 = 16").id).toBe("math-1:3x+7=16");
    expect(() => equationTask("x = 3")).toThrow(/EQUATION_INVALID.*solved already/);
    expect(() => equationTask("x + 1 = x")).toThrow(/EQUATION_INVALID.*no x, or every x/);
    expect(() => equationTasks({ split: "test", count: 0 })).toThrow(/OPTION_INVALID.*count = 0/);
    const misspelt = { split: "test" as const, count: 1, level: [1] };
    expect(() => equationTasks(misspelt)).toThrow(/\{ level: … \}.*\n.*Did you mean levels\?/);
    expect(() => equationTasks({ split: "test", count: 1, levels: [] })).toThrow(
      /levels = \[\]; it must be a list with at least one item/,
    );
  });
});
