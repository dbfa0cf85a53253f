/** Programs of the domain, really run: the solutions are right, mistakes are found, and no program harms another. */
import { afterAll, describe, expect, it } from "vitest";
import { codeRunner } from "./code-runner.ts";
import type { CodeLanguage } from "./operations.ts";
import { isResult } from "./observations.ts";
import { parameterOf, parseProblem, type Problem, solutionOf } from "./problem.ts";
import { type CodeLevel, codeTasks } from "./tasks.ts";
import { type CodeTest, mistakesOf, testsOf, withMistake } from "./tests.ts";

const runner = codeRunner();
afterAll(() => runner.close());

const levels: readonly CodeLevel[] = [1, 2, 3];
const problemsOf = (split: "train" | "test", count: number): readonly Problem[] =>
  codeTasks({ split, count, levels }).map(({ problem }) => parseProblem(problem));

/** How many of the tests a solution of one problem passes, perhaps with a mistake in it. */
async function passed(
  solved: Problem,
  tests: readonly CodeTest[],
  language: CodeLanguage,
): Promise<number> {
  const tried = await runner.try({
    language,
    lines: solutionOf(solved, language),
    parameter: parameterOf(solved),
    inputs: tests.map(({ input }) => input),
  });
  const outcomes = "outcomes" in tried ? tried.outcomes : [];
  return outcomes.filter((outcome, i) => isResult(outcome, tests[i]!.output)).length;
}

describe("solutions of the generator", () => {
  it.each([
    ["javascript", 240],
    ["python", 32],
  ] as const)("in %s pass all tests when they are run", async (language, count) => {
    for (const split of ["train", "test"] as const) {
      const problems = problemsOf(split, split === "train" ? count : count / 4);
      const shares = await Promise.all(
        problems.map(async (problem) => {
          const tests = Object.values(testsOf(problem)).flat();
          return (await passed(problem, tests, language)) / tests.length;
        }),
      );
      expect(shares.every((share) => share === 1)).toBe(true);
    }
  });

  it("fail a hidden test with any of the mistakes that the expert makes", async () => {
    const runs = problemsOf("train", 45).flatMap((problem) => {
      const { hidden } = testsOf(problem);
      return mistakesOf(problem).map(async (mistake) => {
        const count = await passed(withMistake(problem, mistake), hidden, "javascript");
        return count < hidden.length;
      });
    });
    expect(runs.length).toBeGreaterThan(150);
    expect((await Promise.all(runs)).every(Boolean)).toBe(true);
  });
});

const tried = (line: string, language: CodeLanguage = "javascript", more = {}) =>
  runner.try({ language, lines: [line], parameter: "xs", inputs: [[1, 2, 3]], ...more });

describe("programs that run at the same time", () => {
  it("share a run where they are plain, and are not run again", async () => {
    const own = codeRunner();
    const all = ["xs.length", "xs[0]", "xs.length", "xs.map(x => x + 1)"].map((line) =>
      own.try({ language: "javascript", lines: [line], parameter: "xs", inputs: [[7]] }),
    );
    const values = (await Promise.all(all)).map((one) => "outcomes" in one && one.outcomes[0]);
    expect(values).toEqual([{ value: 1 }, { value: 7 }, { value: 1 }, { value: [8] }]);
    expect(own.counts).toEqual({ runs: 1, programs: 4 });
    await own.close();
  });

  it("that change built-in functions run alone and deceive no other", async () => {
    const evil = [
      "(Array.prototype.filter = () => [9], xs)",
      "(xs.constructor.prototype.filter = () => [9], xs)",
      "((k, l) => xs[k][l])('constructor', 'prototype').push(9)",
      "(JSON.stringify = () => '9', xs)",
    ];
    // The honest program comes last, where a shared run would have been spoiled by the others.
    const all = await Promise.all([...evil, "xs.filter(x => x > 1)"].map((line) => tried(line)));
    const honest = all.at(-1);
    expect(honest).toEqual({ outcomes: [{ value: [2, 3] }] });
    const after = await tried("xs.filter(x => x > 2)");
    expect(after).toEqual({ outcomes: [{ value: [3] }] });
  });

  it("that never end, throw, or are no programs are told from the others", async () => {
    const [endless, thrown, broken, nothing, right] = await Promise.all([
      tried(
        "xs.flatMap(x => xs.flatMap(y => xs.map(z => xs.every(w => [9, 8].some(v => { for (;;) w; })))))",
      ),
      tried("xs.foo()"),
      tried("xs.filter(x => x"),
      tried("xs.nothing"),
      tried("xs.length"),
    ]);
    expect(endless).toEqual({ problem: expect.stringMatching(/longer than 3000 ms/) });
    expect(thrown).toEqual({ outcomes: [{ error: expect.stringMatching(/^TypeError/) }] });
    expect(broken).toEqual({ problem: expect.stringMatching(/^SyntaxError/) });
    expect(nothing).toEqual({ outcomes: [{ error: "it returned nothing" }] });
    expect(right).toEqual({ outcomes: [{ value: 3 }] });
  });

  it("give the results that Python gives, however it writes them", async () => {
    const lines = ["sum(xs) / 3", "len(xs) > 2", "undefined_name", "xs if", "float('nan')"];
    const outcomes = await Promise.all(lines.map((line) => tried(line, "python")));
    expect(outcomes).toEqual([
      { outcomes: [{ value: 2 }] },
      { outcomes: [{ value: true }] },
      { outcomes: [{ error: expect.stringMatching(/^NameError/) }] },
      { problem: expect.stringMatching(/^SyntaxError/) },
      { outcomes: [{ error: "its result is no JSON, or too long" }] },
    ]);
  });

  it("may define the function whole, and go on from there", async () => {
    const definition = "function f(xs) {\n  const [first] = xs;\n  return first + 1;\n}";
    const lines = [definition, "r * 10"];
    const program = { language: "javascript", lines, parameter: "xs", inputs: [[4]] } as const;
    expect(await runner.try(program)).toEqual({ outcomes: [{ value: 50 }] });
    const python = [
      "def f(xs):\n    if not xs:\n        return 0\n    return 1 + f(xs[1:])",
      "r * 10",
    ];
    expect(await runner.try({ ...program, language: "python", lines: python })).toEqual({
      outcomes: [{ value: 10 }],
    });
  });
});

describe("a program that takes too long", () => {
  it("is tried anew when it is asked for again, since the machine may have been busy", async () => {
    const own = codeRunner({ timeMs: 50 });
    const endless = {
      language: "javascript",
      parameter: "xs",
      inputs: [1],
      lines: ["(() => { for (;;) xs; })()"],
    } as const;
    const late = { problem: expect.stringMatching(/longer than 150 ms/) };
    expect(await Promise.all([own.try(endless), own.try(endless)])).toEqual([late, late]);
    expect(own.counts).toEqual({ runs: 2, programs: 2 });
    await own.try(endless);
    expect(own.counts.runs).toBe(4);
    await own.close();
  });
});

describe("a runner that is closed", () => {
  it("fails what waits, and starts anew with the next program", async () => {
    const own = codeRunner();
    const program = {
      language: "javascript",
      lines: ["xs"],
      parameter: "xs",
      inputs: [1],
    } as const;
    const waiting = own.try(program);
    await own.close();
    await expect(waiting).rejects.toThrow(/^SANDBOX_CLOSED/);
    expect(await own.try(program)).toEqual({ outcomes: [{ value: 1 }] });
    await own.close();
  });
});
