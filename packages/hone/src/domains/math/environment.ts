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
import {
  type ActionOutcome,
  afterTheEnd,
  type EpisodeEnd,
  episodeEnd,
} from "../../environments/episode-end.ts";
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

/** Actions until an episode is cut off, where nothing else is said. */
export const mathMaxActions = 12;

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
  const where = "mathEnvironment";
  checkOptions(where, options, { maxActions: true });
  return new MathEnvironment(episodeEnd(where, options.maxActions ?? mathMaxActions));
}

class MathEnvironment implements SynchronousEnvironment<EquationTask> {
  readonly #end: EpisodeEnd;
  #equation: Equation = parseEquation("x = 0");
  #solution: Rational | undefined;
  #isIdentified = false;
  #minMovesLeft = 0;

  constructor(end: EpisodeEnd) {
    this.#end = end;
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
    this.#minMovesLeft = movesLeft(equation);
    this.#end.begin();
    return this.#observation();
  }

  validActions(): readonly string[] {
    if (this.#end.isOver()) return [];
    const canBalance = isSimplified(this.#equation);
    const moves = Object.values(operations).filter((name) => (name === "simplify") !== canBalance);
    return ["identify_operation", ...moves, "state_answer"];
  }

  step(action: Action): StepResult {
    return this.#end.isOver() ? afterTheEnd : this.#end.result(this.#outcome(action));
  }

  #outcome(action: Action): ActionOutcome {
    if (action.name === "identify_operation") return this.#identify(action.argument ?? "");
    if (action.name === "state_answer") return this.#answer(action.argument ?? "");
    return this.#move(action);
  }

  #identify(argument: string): ActionOutcome {
    const wanted = new Set(usefulMoves(this.#equation).map((move) => move.name));
    const named = Object.hasOwn(operations, argument)
      ? operations[argument as keyof typeof operations]
      : undefined;
    if (!named) return this.#invalid();
    const isRight = !this.#isIdentified && wanted.has(named);
    if (isRight) this.#isIdentified = true;
    return this.#at(mathRewards[isRight ? "identify_operation" : "wrong_step"]);
  }

  #move(action: Action): ActionOutcome {
    const next = applyMove(this.#equation, action);
    if (!next) return this.#invalid();
    this.#equation = next;
    const left = movesLeft(next);
    const isNearer = left < this.#minMovesLeft;
    this.#minMovesLeft = Math.min(left, this.#minMovesLeft);
    const paid = isNearer
      ? mathRewards[action.name as keyof typeof mathRewards]
      : mathRewards.wrong_step;
    return this.#at(paid);
  }

  #answer(argument: string): ActionOutcome {
    const stated = parseRational(argument);
    if (!stated) return this.#invalid();
    const isSuccess = isEqual(stated, this.#solution!);
    return isSuccess
      ? { observation: "correct", reward: mathRewards.state_answer, isEnd: true, isSuccess }
      : { observation: "wrong", reward: mathRewards.wrong_answer, isEnd: true };
  }

  #invalid(): ActionOutcome {
    const observation = `invalid ${this.#observation()}`;
    return { observation, reward: mathRewards.wrong_step, isValid: false };
  }

  #at = (reward: number): ActionOutcome => ({ observation: this.#observation(), reward });

  #observation(): string {
    return `${this.#isIdentified ? "" : "solve "}${formatEquation(this.#equation)}`;
  }
}
