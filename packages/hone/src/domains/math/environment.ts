/**
 * The environment of linear equations: an episode solves one by discrete actions, and each observation is the new equation.
 *
 *     solve 3x + 7 = 16 → identify_operation subtract → 3x + 7 = 16 → subtract_terms 7 → 3x = 9
 *                       → divide_terms 3 → x = 3 → state_answer 3                    1.5 + 2 + 2 + 3 = 8.5
 *
 * An observation begins with "solve" until the next operation is identified. README.md has the rules and the table of
 * rewards. A move is paid only when fewer moves are left than ever before in the episode, so moving to and fro earns nothing.
 */
import { HoneError } from "../../core/errors.ts";
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Action, StepResult, SynchronousEnvironment } from "../../ports/environment.ts";
import {
  type Equation,
  formatEquation,
  isSimplified,
  parseEquation,
  solutionOf,
} from "./equation.ts";
import { applyMove, movesLeft, operations, usefulMoves } from "./moves.ts";
import { isEqual, parseRational, type Rational } from "./rational.ts";
import type { EquationTask } from "./tasks.ts";

/** The reward of each step, in points. A right step is paid by the name of its action. */
export const mathRewards = {
  identify_operation: 1.5,
  subtract_terms: 2,
  add_terms: 2,
  multiply_terms: 2,
  divide_terms: 2,
  simplify: 1,
  state_answer: 3,
  /** A move after which no fewer moves are left, a wrong identification, or an action that cannot be taken. */
  wrong_step: -0.5,
  /** A wrong answer, which ends the episode. */
  wrong_answer: -1,
} as const;

/** The limits of `mathEnvironment`. */
export interface MathEnvironmentOptions {
  /** Actions until the episode is cut off. Default 12. */
  readonly maxActions?: number;
}

/**
 * A new environment of linear equations, for one episode at a time. A task is an equation; README.md has actions and rewards.
 *
 * @throws OPTION_INVALID for an unknown option or a `maxActions` that is not a whole number of at least 1; EQUATION_INVALID from `reset` when a task's equation is not linear or has no single solution
 * @example
 * const environment = mathEnvironment();
 * environment.reset(equationTask("3x + 7 = 16"), 0); // "solve 3x + 7 = 16"
 * environment.step({ name: "subtract_terms", argument: "7" }).observation; // "solve 3x = 9"
 */
export function mathEnvironment(
  options: MathEnvironmentOptions = {},
): SynchronousEnvironment<EquationTask> {
  const { maxActions = 12 } = options;
  checkOptions("mathEnvironment", options, { maxActions: true });
  optionChecks("mathEnvironment").whole("maxActions", maxActions, { min: 1 });
  return new MathEnvironment(maxActions);
}

class MathEnvironment implements SynchronousEnvironment<EquationTask> {
  readonly #maxActions: number;
  #equation: Equation = parseEquation("x = 0");
  #solution: Rational | undefined;
  #isIdentified = false;
  #isOver = true;
  #minMovesLeft = 0;
  #stepCount = 0;

  constructor(maxActions: number) {
    this.#maxActions = maxActions;
  }

  reset(task: EquationTask, _seed: number): string {
    const equation = parseEquation(task.equation);
    this.#solution = solutionOf(equation);
    if (!this.#solution) {
      throw new HoneError("EQUATION_INVALID", {
        equation: task.equation,
        problem: "no x, or every x, makes it true",
      });
    }
    this.#equation = equation;
    this.#isIdentified = false;
    this.#isOver = false;
    this.#minMovesLeft = movesLeft(equation);
    this.#stepCount = 0;
    return this.#observation();
  }

  validActions(): readonly string[] {
    if (this.#isOver) return [];
    const canBalance = isSimplified(this.#equation);
    const moves = Object.values(operations).filter((name) => (name === "simplify") !== canBalance);
    return ["identify_operation", ...moves, "state_answer"];
  }

  step(action: Action): StepResult {
    if (this.#isOver) return this.#result("over", 0, { isValid: false });
    this.#stepCount += 1;
    if (action.name === "identify_operation") return this.#identify(action.argument ?? "");
    if (action.name === "state_answer") return this.#answer(action.argument ?? "");
    return this.#move(action);
  }

  #identify(argument: string): StepResult {
    const wanted = new Set(usefulMoves(this.#equation).map((move) => move.name));
    const named = Object.hasOwn(operations, argument)
      ? operations[argument as keyof typeof operations]
      : undefined;
    if (!named) return this.#invalid();
    const isRight = !this.#isIdentified && wanted.has(named);
    if (isRight) this.#isIdentified = true;
    return this.#result(
      this.#observation(),
      mathRewards[isRight ? "identify_operation" : "wrong_step"],
    );
  }

  #move(action: Action): StepResult {
    const next = applyMove(this.#equation, action);
    if (!next) return this.#invalid();
    this.#equation = next;
    const left = movesLeft(next);
    const isNearer = left < this.#minMovesLeft;
    this.#minMovesLeft = Math.min(left, this.#minMovesLeft);
    const paid = isNearer
      ? mathRewards[action.name as keyof typeof mathRewards]
      : mathRewards.wrong_step;
    return this.#result(this.#observation(), paid);
  }

  #answer(argument: string): StepResult {
    const stated = parseRational(argument);
    if (!stated) return this.#invalid();
    this.#isOver = true;
    const isSuccess = isEqual(stated, this.#solution!);
    return this.#result(
      isSuccess ? "correct" : "wrong",
      isSuccess ? mathRewards.state_answer : mathRewards.wrong_answer,
      { isSuccess },
    );
  }

  #invalid(): StepResult {
    return this.#result(`invalid ${this.#observation()}`, mathRewards.wrong_step, {
      isValid: false,
    });
  }

  #result(
    observation: string,
    reward: number,
    { isSuccess = false, isValid = true }: { isSuccess?: boolean; isValid?: boolean } = {},
  ): StepResult {
    const terminated = this.#isOver;
    const truncated = !terminated && this.#stepCount >= this.#maxActions;
    this.#isOver = terminated || truncated;
    return { observation, reward, terminated, truncated, info: { isSuccess, isValid } };
  }

  #observation(): string {
    return `${this.#isIdentified ? "" : "solve "}${formatEquation(this.#equation)}`;
  }
}
