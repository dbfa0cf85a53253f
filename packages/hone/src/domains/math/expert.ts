/** A scripted expert for equations: names the operation, makes the move, states the answer; makes mistakes at a given rate. */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { randomBits, Random } from "../../core/random.ts";
import { runEpisode, type ActionAgent } from "../../environments/run-episode.ts";
import type { Action, Episode } from "../../ports/environment.ts";
import { mathEnvironment, type MathEnvironmentOptions } from "./environment.ts";
import { parseEquation, solutionOf } from "./equation.ts";
import { operations, usefulMoves } from "./moves.ts";
import { add, formatRational, one, parseRational, rational } from "./rational.ts";
import type { EquationTask } from "./tasks.ts";

/** How often, and at which seed, the expert makes mistakes. */
export interface MathExpertOptions {
  /** Share of actions that are wrong, in [0, 1]. Default 0. */
  readonly mistakeRate?: number;
  /** Decides which actions are wrong, and how. Default 0. */
  readonly seed?: number;
}

/**
 * An expert for `mathEnvironment`. Without mistakes it solves every equation with the highest reward.
 * @throws OPTION_INVALID for an unknown option or a rate outside [0, 1]
 * @example await runEpisode(mathEnvironment(), equationTask("3x + 7 = 16"), mathExpert()); // totalReward 8.5
 */
export function mathExpert(options: MathExpertOptions = {}): ActionAgent {
  checkOptions("mathExpert", options, { mistakeRate: true, seed: true });
  const { mistakeRate = 0, seed = 0 } = options;
  optionChecks("mathExpert").share("mistakeRate", mistakeRate);
  return {
    selectAction(state, _validActions, steps) {
      const random = new Random("math expert", seed, steps.length, state);
      const right = rightAction(state);
      return random.uniform() < mistakeRate ? mistake(right, state, random) : right;
    },
  };
}

/** The expert, the environment, and which episodes are kept. */
export interface ExpertEpisodesOptions extends MathExpertOptions, MathEnvironmentOptions {
  /** Keep only episodes that end with the right answer. Default false. */
  readonly solvedOnly?: boolean;
}

/**
 * The expert's episodes on these tasks, for supervised learning: one for each task, in their order.
 * @throws OPTION_INVALID for an option that is unknown or out of its range; EQUATION_INVALID for a task without a solution
 * @example const episodes = await expertEpisodes(tasks, { mistakeRate: 0.2, seed: 1 });
 */
export async function expertEpisodes(
  tasks: readonly EquationTask[],
  options: ExpertEpisodesOptions = {},
): Promise<readonly Episode[]> {
  checkOptions("expertEpisodes", options, {
    mistakeRate: true,
    seed: true,
    maxActions: true,
    solvedOnly: true,
  });
  const { mistakeRate = 0, seed = 0, solvedOnly = false, ...environmentOptions } = options;
  const episodes: Episode[] = [];
  for (const task of tasks) {
    const expert = mathExpert({ mistakeRate, seed: randomBits(seed, task.id) });
    episodes.push(await runEpisode(mathEnvironment(environmentOptions), task, expert));
  }
  return solvedOnly ? episodes.filter((episode) => episode.isSuccess) : episodes;
}

function rightAction(state: string): Action {
  const equation = equationOf(state);
  const [move] = usefulMoves(equation);
  if (move && isUnidentified(state)) {
    return { name: "identify_operation", argument: nameOf(move.name) };
  }
  return move ?? { name: "state_answer", argument: formatRational(solutionOf(equation)!) };
}

/** A mistake in place of the right action: the wrong operation, a number that is off by 1 or 2, or an answer too early. */
function mistake(right: Action, state: string, random: Random): Action {
  if (right.name === "identify_operation") {
    const others = Object.keys(operations).filter((name) => name !== right.argument);
    return { name: right.name, argument: random.pick(others) };
  }
  if (right.name === "state_answer" || random.uniform() < 0.25) {
    const solution = formatRational(solutionOf(equationOf(state))!);
    return { name: "state_answer", argument: near(solution, random) };
  }
  if (right.argument === undefined) return { name: operations.subtract, argument: "1" };
  const isWrongName = random.uniform() < 0.5;
  return isWrongName
    ? { name: opposites[right.name] ?? right.name, argument: right.argument }
    : { name: right.name, argument: near(right.argument, random) };
}

const opposites: Readonly<Record<string, string>> = {
  add_terms: "subtract_terms",
  subtract_terms: "add_terms",
  multiply_terms: "divide_terms",
  divide_terms: "multiply_terms",
};

/** A number that is off by 1 or 2; of a term with x the term without it. */
function near(argument: string, random: Random): string {
  const number = parseRational(argument);
  if (!number) return argument.replace("x", "") || "1";
  const shift = rational(random.pick([-2, -1, 1, 2]));
  const moved = add(number, shift);
  return formatRational(moved.numerator === 0n ? add(number, one) : moved);
}

const equationOf = (state: string) => parseEquation(state.replace(/^(invalid )?(solve )?/, ""));

const isUnidentified = (state: string): boolean => /^(invalid )?solve /.test(state);

const nameOf = (action: string): string =>
  Object.entries(operations).find(([, name]) => name === action)![0];
