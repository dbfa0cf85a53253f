/**
 * Tasks: equations to solve, by level, from a seed. No equation is both a training task and a test task.
 *
 *     1  3x + 7 = 16                  small whole numbers
 *     2  7x - 12 = 44, 4x + 30 = 2    both signs, larger numbers
 *     3  2x + 3x - 4 = 11, x/4 + 3 = 5        like terms, division
 *     4  8x + 3 = 3x - 12             x on both sides
 *     5  3(x + 2) = 5x - 1, 2x/3 - 5 = 7      brackets and fractions
 *
 * A hash of the equation in its canonical form decides its split (one in five is a test equation), so no seed, level or
 * spelling puts one equation into both.
 */
import { HoneError } from "../../core/errors.ts";
import { Random, randomBits } from "../../core/random.ts";
import type { Task } from "../../core/rollout.ts";
import { drawTasks } from "../../environments/drawn-tasks.ts";
import { checkTasksOptions, tasksOptionNames } from "../../environments/tasks-options.ts";
import { canonicalText, parseEquation, solutionOf } from "./equation.ts";
import { movesLeft } from "./moves.ts";

/** Difficulty of an equation, from 1, small whole numbers, to 5, brackets and fractions. */
export type MathLevel = 1 | 2 | 3 | 4 | 5;

/** The task to solve one equation. */
export interface EquationTask extends Task {
  /** The equation as the agent reads it. The task does not have the solution, so that no prompt can contain it. */
  readonly equation: string;
  /** The difficulty of the equation, from 1 to 5. */
  readonly level: MathLevel;
}

/** Which equations `equationTasks` draws. */
export interface EquationTasksOptions {
  /** The split to draw from. */
  readonly split: "train" | "test";
  /** How many equations to make. */
  readonly count: number;
  /** Levels to draw from, in turn. Default [1]. */
  readonly levels?: readonly MathLevel[];
  /** Decides which equations are drawn. Default 0. */
  readonly seed?: number;
}

/**
 * Different equations of one split. The same options give the same tasks.
 * @throws OPTION_INVALID for an option that is unknown or out of its range; TASKS_EXHAUSTED when the levels have fewer
 *         equations (level 1 has 648, about 130 of them for tests)
 * @example equationTasks({ split: "test", count: 2, seed: 1 }).map((task) => task.equation);
 */
export function equationTasks(options: EquationTasksOptions): readonly EquationTask[] {
  checkTasksOptions("equationTasks", options, { levels: [1, 2, 3, 4, 5], names: tasksOptionNames });
  const { split, count, levels = [1], seed = 0 } = options;
  const random = new Random("equations", seed, split);
  return drawTasks<EquationTask, MathLevel>(options, {
    where: "equationTasks",
    levels,
    maxDraws: 2000 + 60 * count,
    draw(level) {
      const equation = drawEquation(level, random);
      const key = canonicalText(parseEquation(equation));
      return splitOf(key) === split ? { key, task: equationTask(equation, level) } : undefined;
    },
  });
}

/**
 * The task of an equation of your own.
 *
 * @param equation  such as "3(x + 2) = 5x - 1"
 * @param level     the level that the task names; the equation is not checked against it
 * @throws EQUATION_INVALID when it is not linear in x, has no single solution, or is solved already
 * @example equationTask("3x + 7 = 16");
 */
export function equationTask(equation: string, level: MathLevel = 1): EquationTask {
  const parsed = parseEquation(equation);
  if (!solutionOf(parsed)) {
    throw new HoneError("EQUATION_INVALID", {
      equation,
      problem: "no x, or every x, makes it true",
    });
  }
  if (movesLeft(parsed) === 0) {
    throw new HoneError("EQUATION_INVALID", { equation, problem: "it is solved already" });
  }
  return { id: `math-${level}:${equation.replace(/\s+/g, "")}`, equation, level };
}

/**
 * The task of an equation as a user may write it, with or without words before it.
 *
 * @throws EQUATION_INVALID as `equationTask`
 * @example mathProblem("Solve the equation 3x + 7 = 16").equation; // "3x + 7 = 16"
 */
export const mathProblem = (text: string): EquationTask =>
  equationTask(
    text
      .trim()
      .replace(/^solve(?: the equation)?(?: for x)?\s*:?\s*/i, "")
      .replace(/[.?]$/, ""),
  );

/**
 * The split of an equation, the same however it is written.
 * @throws EQUATION_INVALID when it is not linear in x
 * @example splitOf("3x + 7 = 16"); // "train" or "test"
 */
export function splitOf(equation: string): "train" | "test" {
  const canonical = canonicalText(parseEquation(equation));
  return randomBits("math split", canonical) % 5 === 0 ? "test" : "train";
}

function drawEquation(level: MathLevel, random: Random): string {
  if (level === 1)
    return oneStepEach(random, { factor: [2, 9], constant: [1, 9], x: [1, 9] }, false);
  if (level === 2)
    return oneStepEach(random, { factor: [2, 12], constant: [1, 30], x: [-12, 12] }, true);
  if (level === 3) return random.uniform() < 0.5 ? likeTerms(random) : quotient(random);
  if (level === 4) return xOnBothSides(random);
  return random.uniform() < 0.5 ? bracket(random) : fraction(random);
}

interface Ranges {
  readonly factor: readonly [number, number];
  readonly constant: readonly [number, number];
  readonly x: readonly [number, number];
}

function oneStepEach(random: Random, ranges: Ranges, hasBothSigns: boolean): string {
  const factor = random.integer(...ranges.factor);
  const constant = random.integer(...ranges.constant) * (hasBothSigns ? anySign(random) : 1);
  const x = random.integer(...ranges.x);
  return `${factor}x ${signed(constant)} = ${factor * x + constant}`;
}

function likeTerms(random: Random): string {
  const [first, second] = [random.integer(2, 9), random.integer(2, 9)];
  const constant = random.integer(1, 20) * anySign(random);
  const x = random.integer(-10, 10);
  return `${first}x + ${second}x ${signed(constant)} = ${(first + second) * x + constant}`;
}

function quotient(random: Random): string {
  const divisor = random.integer(2, 9);
  const constant = random.integer(1, 20) * anySign(random);
  const result = random.integer(-9, 9);
  return `x/${divisor} ${signed(constant)} = ${result + constant}`;
}

function xOnBothSides(random: Random): string {
  const right = random.integer(2, 9);
  const left = right + random.integer(2, 9);
  const [constant, x] = [random.integer(1, 20) * anySign(random), random.integer(-10, 10)];
  const other = (left - right) * x + constant;
  return `${left}x ${signed(constant)} = ${right}x${other === 0 ? "" : ` ${signed(other)}`}`;
}

function bracket(random: Random): string {
  const factor = random.integer(2, 6);
  const inner = random.integer(1, 9) * anySign(random);
  const right = factor + random.integer(1, 6);
  const constant = random.integer(1, 20) * anySign(random);
  return `${factor}(x ${signed(inner)}) = ${right}x ${signed(constant)}`;
}

function fraction(random: Random): string {
  const numerator = random.pick([2, 3, 4, 5, 7]);
  const denominator = random.pick(
    [3, 5, 7, 8, 9].filter((d) => numerator % d !== 0 && d % numerator !== 0),
  );
  const constant = random.integer(1, 20) * anySign(random);
  return `${numerator}x/${denominator} ${signed(constant)} = ${random.integer(-20, 20)}`;
}

const anySign = (random: Random): number => (random.uniform() < 0.5 ? -1 : 1);

/** The constant of a side, with its sign: "+ 7" or "- 7". */
const signed = (value: number): string => (value < 0 ? `- ${-value}` : `+ ${value}`);
