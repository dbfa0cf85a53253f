/** A scripted expert for programming problems: analyzes, writes a line a step, tests, and repairs; makes mistakes at a given rate. */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { Random } from "../../core/random.ts";
import type { ActionAgent } from "../../environments/run-episode.ts";
import type { Action, EpisodeStep } from "../../ports/environment.ts";
import { readOpening, writtenLines } from "./observations.ts";
import { type CodeLanguage, needs } from "./operations.ts";
import { codeOf, needsOf, parameterOf, type Problem, solutionOf } from "./problem.ts";
import { mistakesOf } from "./tests.ts";

/** How often, and at which seed, the expert makes mistakes. */
export interface CodeExpertOptions {
  /** Share of actions that are wrong, in [0, 1]. Default 0. */
  readonly mistakeRate?: number;
  /** Decides which actions are wrong, and how. Default 0. */
  readonly seed?: number;
}

/**
 * An expert for `codeEnvironment`. Without mistakes it writes every function with the highest reward. Its mistakes are a wrong
 * operator, a number that is off by one, a wrong method, a line without its last character, a wrong analysis, a test too early.
 * After an example that fails, it repairs the lines that are wrong.
 * @throws OPTION_INVALID for an unknown option or a rate outside [0, 1]
 * @example await runEpisode(codeEnvironment(), codeTask("keep above 3, sum"), codeExpert()); // totalReward 7
 */
export function codeExpert(options: CodeExpertOptions = {}): ActionAgent {
  checkOptions("codeExpert", options, { mistakeRate: true, seed: true });
  const { mistakeRate = 0, seed = 0 } = options;
  optionChecks("codeExpert").share("mistakeRate", mistakeRate);
  return {
    selectAction(state, _validActions, steps) {
      const start = steps[0]?.state ?? state;
      const opening = readOpening(start);
      if (opening === undefined) return { name: "test_code" };
      const random = new Random("code expert", seed, start, steps.length);
      const known = { ...opening, steps, lines: writtenLines(steps, opening.language) };
      const right = rightAction(known);
      return random.uniform() < mistakeRate ? mistake(right, known, random) : right;
    },
  };
}

/** What the expert knows of its episode. */
interface Known {
  readonly problem: Problem;
  readonly language: CodeLanguage;
  readonly steps: readonly EpisodeStep[];
  /** The lines that were written so far. */
  readonly lines: readonly string[];
}

function rightAction({ problem, language, steps, lines }: Known): Action {
  const isAnalyzed = steps.some(({ action }) => action.name === "analyze_requirements");
  if (!isAnalyzed) return { name: "analyze_requirements", argument: needsOf(problem).join(" ") };
  const solution = solutionOf(problem, language);
  const wrong = lines.findIndex((line, i) => line !== solution[i]);
  const isWarned = steps.some(
    ({ action, nextState }) => action.name === "test_code" && nextState.includes(", not "),
  );
  if (isWarned && wrong >= 0) return debugAction(wrong, solution[wrong]!);
  const next = solution[lines.length];
  if (next === undefined) return { name: "test_code" };
  return { name: lines.length === 0 ? "write_function" : "add_logic", argument: next };
}

const debugAction = (index: number, line: string): Action => ({
  name: "debug",
  argument: `${index + 1} ${line}`,
});

/** A mistake in place of the right action. */
function mistake(right: Action, known: Known, random: Random): Action {
  const { problem, lines } = known;
  switch (right.name) {
    case "analyze_requirements": {
      const named = needsOf(problem);
      const place = random.integer(0, named.length - 1);
      const others = needs.filter((need) => need !== named[place]);
      return { name: right.name, argument: named.with(place, random.pick(others)).join(" ") };
    }
    case "test_code": {
      const place = random.integer(0, problem.length - 1);
      return debugAction(place, wrongLine(place, known, random));
    }
    case "debug": {
      const place = Number.parseInt(right.argument!, 10) - 1;
      return debugAction(place, wrongLine(place, known, random));
    }
    default:
      if (lines.length > 0 && random.uniform() < 0.2) return { name: "test_code" };
      return { name: right.name, argument: wrongLine(lines.length, known, random) };
  }
}

/** The line of a step that is easily confused with the right one; or the right line, broken off, which is no program. */
function wrongLine(place: number, { problem, language }: Known, random: Random): string {
  const right = solutionOf(problem, language)[place]!;
  const wrong = mistakesOf(problem).filter(({ index }) => index === place);
  if (wrong.length === 0 || random.uniform() < 0.2) return right.slice(0, -1);
  const value = place === 0 ? parameterOf(problem) : "r";
  return codeOf(random.pick(wrong).wrong, value, language);
}
