import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { environmentContract } from "../../testing/environment-contract.ts";
import { parseAction } from "../../environments/action-text.ts";
import { runEpisode } from "../../environments/run-episode.ts";
import type { StepResult } from "../../ports/environment.ts";
import { mathEnvironment, mathRewards } from "./environment.ts";
import { formatEquation, parseEquation, solutionOf } from "./equation.ts";
import { mathExpert } from "./expert.ts";
import { movesLeft, usefulMoves } from "./moves.ts";
import { formatRational } from "./rational.ts";
import { equationTask, equationTasks, type MathLevel } from "./tasks.ts";

const levels: readonly MathLevel[] = [1, 2, 3, 4, 5];
const tasks = equationTasks({ split: "train", count: 100, levels, seed: 3 });
const someArguments = ["", "7", "2x", "-3", "x/4", "0", "7/3", "subtract", "simplify", "1/0", "no"];

/** Plays these lines on an equation. */
function play(equation: string, lines: readonly string[], maxActions = 12): readonly StepResult[] {
  const environment = mathEnvironment({ maxActions });
  environment.reset(equationTask(equation), 0);
  return lines.map((line) => environment.step(parseAction(line)!));
}
const rewards = (results: readonly StepResult[]): number[] => results.map(({ reward }) => reward);
const seen = (results: readonly StepResult[]): string[] => results.map((r) => r.observation);

describe("the math environment", () => {
  environmentContract(it, {
    create: () => mathEnvironment(),
    tasks,
    expert: () => mathExpert(),
    arguments: someArguments,
  });

  it("pays 8.5 for 3x + 7 = 16 and answers with the new equation", () => {
    const results = play("3x + 7 = 16", [
      "identify_operation subtract",
      "subtract_terms 7",
      "divide_terms 3",
      "state_answer 3",
    ]);
    expect(rewards(results)).toEqual([1.5, 2, 2, 3]);
    expect(seen(results)).toEqual(["3x + 7 = 16", "3x = 9", "x = 3", "correct"]);
    expect(results.at(-1)).toMatchObject({ terminated: true, info: { isSuccess: true } });
  });

  it("accepts another short way to the solution", () => {
    const results = play("3x + 7 = 16", ["divide_terms 3", "subtract_terms 7/3", "state_answer 3"]);
    expect(rewards(results)).toEqual([2, 2, 3]);
    expect(seen(results)).toEqual(["solve x + 7/3 = 16/3", "solve x = 3", "correct"]);
  });

  it("makes a needless move that keeps the equation true, and charges for it", () => {
    const results = play("3x + 7 = 16", ["subtract_terms 5", "add_terms x", "subtract_terms x"]);
    expect(seen(results)).toEqual([
      "solve 3x + 2 = 11",
      "solve 4x + 2 = x + 11",
      "solve 3x + 2 = 11",
    ]);
    expect(rewards(results)).toEqual([-0.5, -0.5, -0.5]);
  });

  it("pays for a step towards the solution once, not again after walking back", () => {
    const results = play("3x + 7 = 16", ["subtract_terms 7", "add_terms 7", "subtract_terms 7"]);
    expect(rewards(results)).toEqual([2, -0.5, -0.5]);
  });

  it("pays for an identification once, and only for a useful operation", () => {
    const lines = ["add", "subtract", "subtract", "divide"].map((o) => `identify_operation ${o}`);
    expect(rewards(play("3x + 7 = 16", lines))).toEqual([-0.5, 1.5, -0.5, -0.5]);
  });

  it("asks for simplify before any other move, and takes it once", () => {
    const results = play("2x + 3x - 4 = 11", [
      "add_terms 4",
      "simplify",
      "simplify",
      "add_terms 4",
    ]);
    expect(seen(results)).toEqual([
      "invalid solve 2x + 3x - 4 = 11",
      "solve 5x - 4 = 11",
      "invalid solve 5x - 4 = 11",
      "solve 5x = 15",
    ]);
    expect(rewards(results)).toEqual([-0.5, 1, -0.5, 2]);
  });

  it.each([
    "multiply_terms 0",
    "divide_terms 0",
    "divide_terms x",
    "subtract_terms",
    "state_answer x",
  ])("takes %s for invalid and changes nothing", (line) => {
    const [result] = play("3x + 7 = 16", [line]);
    expect(result).toMatchObject({
      observation: "invalid solve 3x + 7 = 16",
      reward: mathRewards.wrong_step,
      terminated: false,
      info: { isValid: false },
    });
  });

  it("takes a move that makes numbers longer than 12 digits for invalid", () => {
    const results = play("3x + 7 = 16", ["multiply_terms 9999999999", "multiply_terms 9999999999"]);
    expect(results.map(({ info }) => info["isValid"])).toEqual([true, false]);
  });

  it("ends at a wrong answer, which costs 1", () => {
    const [result] = play("3x + 7 = 16", ["state_answer 4"]);
    expect(result).toMatchObject({ observation: "wrong", reward: -1, terminated: true });
    expect(result!.info["isSuccess"]).toBe(false);
  });

  it("cuts the episode off after its step limit", () => {
    const results = play("3x + 7 = 16", ["subtract_terms 1", "subtract_terms 1"], 2);
    expect(results.map((r) => [r.terminated, r.truncated])).toEqual([
      [false, false],
      [false, true],
    ]);
  });

  it("lists the moves that can be made now", () => {
    const environment = mathEnvironment();
    environment.reset(equationTask("2(x + 1) = 8"), 0);
    expect(environment.validActions()).toEqual(["identify_operation", "simplify", "state_answer"]);
    environment.step({ name: "simplify" });
    expect(environment.validActions()).not.toContain("simplify");
    expect(environment.validActions()).toContain("divide_terms");
  });

  it("refuses an equation without a single solution and a step limit below 1", () => {
    const task = { ...equationTask("2x = 4"), equation: "2x = 2x" };
    expect(() => mathEnvironment().reset(task, 0)).toThrow(/EQUATION_INVALID/);
    expect(() => mathEnvironment({ maxActions: 0 })).toThrow(/OPTION_INVALID/);
  });

  it("never pays more than the expert earns, whatever is done, and never less than 12 costs and a wrong answer", async () => {
    const best = new Map<string, number>();
    for (const task of tasks) {
      best.set(task.id, (await runEpisode(mathEnvironment(), task, mathExpert())).totalReward);
    }
    const names = [
      "identify_operation",
      "state_answer",
      "simplify",
      "add_terms",
      "subtract_terms",
      "divide_terms",
      "multiply_terms",
    ];
    const wild = fc.record({
      name: fc.constantFrom(...names),
      argument: fc.constantFrom(...someArguments),
    });
    const choice = fc.oneof(wild, fc.constant("useful" as const));
    fc.assert(
      fc.property(
        fc.constantFrom(...tasks),
        fc.array(choice, { maxLength: 14 }),
        (task, choices) => {
          const environment = mathEnvironment();
          let state = environment.reset(task, 0);
          let total = 0;
          for (const chosen of choices) {
            const isOver = environment.validActions().length === 0;
            if (isOver) break;
            const equation = parseEquation(state.replace(/^(invalid )?(solve )?/, ""));
            const useful = usefulMoves(equation)[0] ?? {
              name: "identify_operation",
              argument: "add",
            };
            const result = environment.step(chosen === "useful" ? useful : chosen);
            total += result.reward;
            state = result.observation;
          }
          expect(total).toBeLessThanOrEqual(best.get(task.id)!);
          expect(total).toBeGreaterThanOrEqual(
            12 * mathRewards.wrong_step + mathRewards.wrong_answer,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it("keeps the answer out of everything the agent reads before the last move", () => {
    for (const task of tasks) {
      const observation = mathEnvironment().reset(task, 0);
      const answer = formatRational(solutionOf(parseEquation(task.equation))!);
      expect(observation).toBe(`solve ${task.equation}`);
      expect(observation).not.toMatch(new RegExp(`(^| )x = ${answer}$`));
      expect(movesLeft(parseEquation(task.equation))).toBeGreaterThanOrEqual(2);
      expect(Object.keys(task).toSorted()).toEqual(["equation", "id", "level"]);
    }
  });

  it("is brought exactly one move nearer by each useful move", () => {
    for (const task of tasks.slice(0, 40)) {
      const equation = parseEquation(task.equation);
      let reached = [equation];
      for (let left = movesLeft(equation); left > 0; left--) {
        expect(Math.min(...reached.map(movesLeft)), formatEquation(equation)).toBe(left);
        reached = reached.flatMap((from) =>
          usefulMoves(from).map((move) => {
            const environment = mathEnvironment();
            environment.reset({ ...task, equation: formatEquation(from) }, 0);
            return parseEquation(environment.step(move).observation.replace("solve ", ""));
          }),
        );
      }
      expect(reached.map(movesLeft)).toContain(0);
    }
  });
});
