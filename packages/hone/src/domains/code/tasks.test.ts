import { describe, expect, it } from "vitest";
import { behaviourOf } from "./behaviour.ts";
import { parseProblem, resultOf } from "./problem.ts";
import { type CodeLevel, codeTask, codeTasks, splitOfProblem } from "./tasks.ts";
import { mistakesOf, testsOf, withMistake } from "./tests.ts";

const levels: readonly CodeLevel[] = [1, 2, 3];
const behaviours = (options: Parameters<typeof codeTasks>[0]) =>
  codeTasks(options).map(({ problem }) => behaviourOf(parseProblem(problem)));

describe("programming tasks", () => {
  it("do nothing in the test split that a function of the train split does, for any seeds", () => {
    const of = (split: "train" | "test", seed: number) =>
      behaviours({ split, seed, levels, count: 90 });
    const train = new Set([...of("train", 0), ...of("train", 1), ...of("train", 2)]);
    const test = [...of("test", 0), ...of("test", 1), ...of("test", 7)];
    expect(test.filter((behaviour) => train.has(behaviour))).toEqual([]);
    expect(splitOfProblem("reverse, first item")).toBe(splitOfProblem("last item"));
    expect(splitOfProblem("add 3, largest")).toBe(splitOfProblem("sort up, add 3, last item"));
  });

  it("are enough: 400 to learn from and 100 held out at each level", () => {
    for (const level of levels) {
      expect(codeTasks({ split: "train", count: 400, levels: [level] })).toHaveLength(400);
      expect(codeTasks({ split: "test", count: 100, levels: [level] })).toHaveLength(100);
    }
  });

  it("are the same for the same options, others for another seed, and never the same twice", () => {
    const draw = (seed: number) => codeTasks({ split: "train", count: 60, levels, seed });
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    expect(new Set(behaviours({ split: "train", count: 60, levels, seed: 5 })).size).toBe(60);
    expect(new Set(draw(5).map(({ id }) => id)).size).toBe(60);
  });

  it("are in the languages that are asked for, in turn", () => {
    const languages = ["javascript", "python"] as const;
    const tasks = codeTasks({ split: "train", count: 4, languages });
    expect(tasks.map(({ language }) => language)).toEqual([...languages, ...languages]);
    expect(codeTask("keep above 3,sum", { language: "python" })).toEqual({
      id: "code-1-python:keep above 3, sum",
      problem: "keep above 3, sum",
      language: "python",
      level: 1,
    });
  });

  it("refuse what they do not know", () => {
    expect(() => codeTasks({ split: "test", count: 0 })).toThrow(/OPTION_INVALID.*count = 0/);
    expect(() => codeTasks({ split: "test", count: 1, levels: [] })).toThrow(/levels = \[\]/);
    const misspelt = { split: "test" as const, count: 1, level: [1] };
    expect(() => codeTasks(misspelt)).toThrow(/Did you mean levels\?/);
    expect(() => codeTasks({ split: "test", count: 200 })).toThrow(
      /TASKS_EXHAUSTED.*test, levels 1.*only 1\d\d/,
    );
    expect(() => codeTask("fly")).toThrow(/CODE_PROBLEM_INVALID/);
    // No input has a result, so that there is nothing to test a function by.
    expect(() => codeTask("keep below 1, keep above 15, largest")).toThrow(
      /CODE_PROBLEM_INVALID.*only 0 of 60 inputs have a result/,
    );
  });
});

describe("tests of a problem", () => {
  const problems = levels.flatMap((level) =>
    codeTasks({ split: "train", count: 40, levels: [level] }).map(({ problem }) =>
      parseProblem(problem),
    ),
  );

  it("hold the results of the problem, and no input is both seen and hidden", () => {
    for (const problem of problems) {
      const { examples, hidden } = testsOf(problem);
      expect(examples).toHaveLength(2);
      expect(hidden.length).toBeGreaterThanOrEqual(8);
      const inputs = [...examples, ...hidden].map(({ input }) => JSON.stringify(input));
      expect(new Set(inputs).size).toBe(inputs.length);
      for (const { input, output } of [...examples, ...hidden])
        expect(resultOf(problem, input)).toEqual(output);
    }
  });

  it("leave no mistake unseen that changes what the function does", () => {
    let planted = 0;
    for (const problem of problems) {
      const behaviour = behaviourOf(problem);
      for (const mistake of mistakesOf(problem)) {
        planted++;
        expect(behaviourOf(withMistake(problem, mistake))).not.toBe(behaviour);
      }
    }
    expect(planted / problems.length).toBeGreaterThan(4);
  });
});
