import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { parseAction } from "../../environments/action-text.ts";
import { runEpisode } from "../../environments/run-episode.ts";
import type { StepResult } from "../../ports/environment.ts";
import { environmentContract } from "../../testing/environment-contract.ts";
import { codeRunner } from "./code-runner.ts";
import { codeEnvironment } from "./environment.ts";
import { codeExpert } from "./expert.ts";
import { needsOf, parseProblem, solutionOf } from "./problem.ts";
import { codeEpisodeReward } from "./rewards.ts";
import { type CodeLevel, codeTask, codeTasks } from "./tasks.ts";

const levels: readonly CodeLevel[] = [1, 2, 3];
const runner = codeRunner();
afterAll(() => runner.close());

const task = codeTask("keep above 3, sum");
const create = () => codeEnvironment({ runner });

/** Plays these lines on a problem. */
async function play(lines: readonly string[], problem = task): Promise<readonly StepResult[]> {
  const environment = create();
  await environment.reset(problem, 0);
  const results: StepResult[] = [];
  for (const line of lines) results.push(await environment.step(parseAction(line)!));
  return results;
}
const rewards = (results: readonly StepResult[]): number[] => results.map(({ reward }) => reward);
const seen = (results: readonly StepResult[]): string[] => results.map((r) => r.observation);

const right = [
  "analyze_requirements filter sum",
  "write_function xs.filter(x => x > 3)",
  "add_logic r.reduce((a, b) => a + b, 0)",
  "test_code",
];

describe("the code environment", () => {
  environmentContract(it, {
    create,
    tasks: codeTasks({ split: "train", count: 9, levels, seed: 3 }),
    expert: () => codeExpert(),
    arguments: ["", "xs", "r", "xs.length", "1 xs", "2 r.length", "filter sum", "xs.filter(", "9"],
  });

  it("pays 7 for keep above 3, sum", async () => {
    const results = await play(right);
    expect(rewards(results)).toEqual([0.5, 1, 1, 4.5]);
    expect(seen(results)).toEqual(["ok", "ok", "ok", "passed"]);
    expect(results.at(-1)).toMatchObject({ terminated: true, info: { isSuccess: true } });
  });

  it("shows language, signature, problem and two examples, and no code", async () => {
    expect(await create().reset(task, 0)).toMatch(
      /^javascript f\(xs\): keep above 3, sum\nf\(\[[-\d,]*\]\) = -?\d+\nf\(\[[-\d,]*\]\) = -?\d+$/,
    );
  });

  it("pays as much for the whole function at once, or for a definition that is as good", async () => {
    const whole = "write_function xs.filter(x => x > 3).reduce((a, b) => a + b, 0)";
    expect(rewards(await play([right[0]!, whole, "test_code"]))).toEqual([0.5, 2, 4.5]);
    const loop =
      "write_function const f = (xs) => { let s = 0; for (const x of xs) if (x > 3) s += x; return s; }";
    const results = await play([loop, "test_code"]);
    expect(results[0]!.reward).toBe(2);
    // The reference has 39 characters without blanks, this one 57; one of four checks of style fails, since the line is too long.
    expect(results[1]!.reward).toBeCloseTo(3 + 39 / 57 + 0.375, 9);
  });

  it("says which example fails, costs for it, and pays for the repair", async () => {
    const wrong = "write_function xs.filter(x => x < 3)";
    const results = await play([
      wrong,
      right[2]!,
      "test_code",
      "debug 1 xs.filter(x => x > 3)",
      "test_code",
    ]);
    expect(rewards(results)).toEqual([-0.5, -0.5, -0.5, 2, 4.5]);
    expect(results[2]!.observation).toMatch(/^f\(\[.*\]\) = -?\d+, not \d+$/);
  });

  it("judges by hidden tests: a function that knows the examples by heart fails", async () => {
    const opening = await create().reset(task, 0);
    const [first, second] = [...opening.matchAll(/f\((.*)\) = (.*)/g)].map((m) => [m[1]!, m[2]!]);
    const known = `write_function JSON.stringify(xs) === "${first![0]}" ? ${first![1]} : ${second![1]}`;
    const results = await play([known, "test_code"]);
    expect(results[0]!.reward).toBe(-0.5);
    expect(results[1]).toMatchObject({ terminated: true, info: { isSuccess: false } });
    expect(results[1]!.observation).toMatch(/^\d of \d+ hidden tests passed$/);
    expect(results[1]!.reward).toBeLessThan(1.5);
  });

  it("pays nothing twice", async () => {
    const again = await play([right[0]!, right[0]!, right[1]!, right[1]!, right[2]!, right[2]!]);
    expect(rewards(again)).toEqual([0.5, -0.5, 1, -0.5, 1, -0.5]);
    const late = await play(["analyze_requirements sum", right[0]!]);
    expect(rewards(late)).toEqual([-0.5, -0.5]);
    expect(seen(late)).toEqual(["wrong", "invalid"]);
    const toAndFro = await play([
      right[1]!,
      "debug 1 xs.filter(x => x < 3)",
      "debug 1 xs.filter(x => x > 3)",
    ]);
    expect(rewards(toAndFro)).toEqual([1, -0.5, -0.5]);
  });

  it.each([
    ["write_function", "invalid"],
    ["add_logic r.length", "invalid"],
    ["test_code", "invalid"],
    ["debug 1 xs", "invalid"],
    ["write_function xs.filter(x => x", "error: SyntaxError"],
    ["write_function ys", "error: ReferenceError: 'ys' is not defined"],
    ["write_function xs.foo()", "error: TypeError"],
    ["write_function xs; while (true) {}", "error: SyntaxError"],
  ])("answers %s with %s, and takes nothing", async (line, answer) => {
    const environment = create();
    await environment.reset(task, 0);
    const before = environment.validActions();
    const result = await environment.step(parseAction(line)!);
    expect(result.observation.startsWith(answer)).toBe(true);
    expect(result).toMatchObject({ reward: -0.5, terminated: false });
    expect(environment.validActions()).toEqual(before);
  });

  it("ends after maxActions actions", async () => {
    const environment = codeEnvironment({ runner, maxActions: 2 });
    await environment.reset(task, 0);
    await environment.step({ name: "test_code" });
    const last = await environment.step({ name: "test_code" });
    expect(last).toMatchObject({ truncated: true, terminated: false });
    expect(() => codeEnvironment({ maxActions: 0 })).toThrow(/OPTION_INVALID/);
  });

  it.each([
    ["keep above 3, sum", "xs.filter(x=>x>3).reduce((a,b)=>a+b,0)", 7],
    ["take first 2, sort up, last item", "Math.max(...xs.slice(0,2))", 8],
  ])("pays for %s on no way more than on the shortest right one", async (words, whole, most) => {
    const problem = parseProblem(words);
    const lines = solutionOf(problem, "javascript");
    const moves = fc.constantFrom(
      `analyze_requirements ${needsOf(problem).join(" ")}`,
      "analyze_requirements sum",
      `write_function ${whole}`,
      "write_function xs",
      "write_function xs.filter(x => x < 3)",
      "add_logic r.length",
      "debug 1 xs.filter(x => x > 3 && x === x)",
      "test_code",
      ...lines.flatMap((line, i) => [
        `${i === 0 ? "write_function" : "add_logic"} ${line}`,
        `debug ${i + 1} ${line}`,
      ]),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(moves, { maxLength: 12 }), async (chosen) => {
        const results = await play(chosen, codeTask(words));
        expect(rewards(results).reduce((sum, reward) => sum + reward, 0)).toBeLessThanOrEqual(most);
      }),
      { numRuns: Number(process.env["HONE_TEST_RUNS"] ?? 100) },
    );
    const right = lines.map((line, i) => `${i === 0 ? "write_function" : "add_logic"} ${line}`);
    const shortest = [`analyze_requirements ${needsOf(problem).join(" ")}`, ...right, "test_code"];
    const total = rewards(await play(shortest, codeTask(words))).reduce((a, b) => a + b, 0);
    expect(total).toBe(most);
  });
});

describe("the reward of an episode", () => {
  it("is the sum of the steps, in named parts", async () => {
    const lines = [
      right[0]!,
      right[0]!,
      "write_function xs.filter((x, i) => x > 3)",
      right[2]!,
      "test_code",
    ].map((line) => parseAction(line)!);
    const agent = {
      selectAction: (_s: string, _v: readonly string[], done: readonly unknown[]) =>
        lines[done.length]!,
    };
    const { total, components } = codeEpisodeReward(await runEpisode(create(), task, agent));
    // The unused name i costs a quarter of the points for style, and its four characters some for efficiency.
    expect(components).toMatchObject({
      ...{ analysis: 0.5, logic: 2, correctness: 3, style: 0.375, costs: -0.5 },
      ...{ success: 1, steps: 5, wrong_steps: 1 },
    });
    expect(components!["efficiency"]).toBeCloseTo(39 / 43, 9);
    expect(total).toBeCloseTo(5.375 + 39 / 43, 9);
  });
});
