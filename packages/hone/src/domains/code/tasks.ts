/**
 * Programming problems by level.
 *
 *     1   keep above 3, sum                              a step on a list of numbers, and an ending
 *     2   skip first 2, square, largest                  two steps on numbers or words, and an ending
 *         split words, keep longer than 3, count words
 *     3   split words, word lengths, keep odd, add 2, sum     three or four steps and an ending
 *
 * A hash of what the function does, not of its words, decides the split (one in five is a test problem), so that no two problems
 * in different splits give the same results on 64 probes. Both languages of a problem are in the same split.
 */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { Random, randomBits } from "../../core/random.ts";
import type { Task } from "../../core/rollout.ts";
import { drawTasks } from "../../environments/drawn-tasks.ts";
import { checkTasksOptions, tasksOptionNames } from "../../environments/tasks-options.ts";
import { behaviourOf, isWorthwhile } from "./behaviour.ts";
import { drawProblem } from "./draw-problem.ts";
import { type CodeLanguage, codeLanguages } from "./operations.ts";
import { formatProblem, parseProblem, type Problem } from "./problem.ts";
import { testsOf } from "./tests.ts";

/** Difficulty of a problem: the number of its steps, and whether it is also about words. */
export type CodeLevel = 1 | 2 | 3;

const levelNames: readonly CodeLevel[] = [1, 2, 3];

/** The task to write one function. */
export interface CodeTask extends Task {
  /** What the function does, in words. The task holds no code and no tests, so that no prompt can contain a solution. */
  readonly problem: string;
  /** The language that it is to be written in. */
  readonly language: CodeLanguage;
  /** The difficulty of the problem, from 1 to 3. */
  readonly level: CodeLevel;
}

/** Which problems `codeTasks` draws. */
export interface CodeTasksOptions {
  /** The split to draw from. */
  readonly split: "train" | "test";
  /** How many problems to make. */
  readonly count: number;
  /** Levels to draw from, in turn. Default [1]. */
  readonly levels?: readonly CodeLevel[];
  /** Languages to take, in turn. Default ["javascript"]. */
  readonly languages?: readonly CodeLanguage[];
  /** Decides which problems are drawn. Default 0. */
  readonly seed?: number;
}

/**
 * Different problems of one split. The same options give the same tasks.
 * @throws OPTION_INVALID for an option that is unknown or out of its range; TASKS_EXHAUSTED when the levels have fewer problems
 * @example codeTasks({ split: "test", count: 2, seed: 1 }).map((task) => task.problem);
 */
export function codeTasks(options: CodeTasksOptions): readonly CodeTask[] {
  const { split, count, levels = [1], languages = ["javascript"], seed = 0 } = options;
  const names = { ...tasksOptionNames, languages: true } as const;
  const check = checkTasksOptions("codeTasks", options, { levels: levelNames, names });
  for (const language of check.list("languages", languages))
    check.oneOf("languages", language, codeLanguages);
  const random = new Random("code problems", seed, split);
  const behaviours = new Map<string, string | undefined>();
  return drawTasks<CodeTask, CodeLevel>(options, {
    where: "codeTasks",
    levels,
    maxDraws: 6_000 + 100 * count,
    draw(level, place) {
      const problem = drawProblem(level, random);
      const text = formatProblem(problem);
      if (!behaviours.has(text)) behaviours.set(text, usableBehaviour(problem, split));
      const key = behaviours.get(text);
      const language = languages[place % languages.length]!;
      return key === undefined ? undefined : { key, task: taskOf(text, { language, level }) };
    },
  });
}

/** What a problem's function does; undefined where it is of the other split, or no problem to give. */
function usableBehaviour(problem: Problem, split: "train" | "test"): string | undefined {
  const behaviour = behaviourOf(problem);
  return splitOf(behaviour) === split && isWorthwhile(problem) ? behaviour : undefined;
}

/** What `codeTask` names beside the problem. */
export interface CodeTaskOptions {
  /** Default "javascript". */
  readonly language?: CodeLanguage;
  /** The level that the task names; the problem is not checked against it. Default 1. */
  readonly level?: CodeLevel;
}

/**
 * The task of a problem of your own.
 *
 * @param problem  steps that the table of operations has, as "keep above 3, sum"
 * @throws OPTION_INVALID; CODE_PROBLEM_INVALID for steps that do not exist or do not fit together, and for a problem with a result
 *         for too few inputs to test it
 * @example codeTask("split words, count words", { language: "python" });
 */
export function codeTask(problem: string, options: CodeTaskOptions = {}): CodeTask {
  const where = "codeTask";
  checkOptions(where, options, { language: true, level: true });
  const { language = "javascript", level = 1 } = options;
  const check = optionChecks(where);
  check.oneOf("language", language, codeLanguages);
  check.oneOf("level", level, levelNames);
  const parsed = parseProblem(problem);
  testsOf(parsed);
  return taskOf(formatProblem(parsed), { language, level });
}

const taskOf = (problem: string, { language, level }: Required<CodeTaskOptions>): CodeTask => ({
  id: `code-${level}-${language}:${problem}`,
  problem,
  language,
  level,
});

/**
 * The split of a problem, the same for all problems that do the same.
 * @throws CODE_PROBLEM_INVALID
 * @example splitOfProblem("keep above 3, sum"); // "train" or "test"
 */
export const splitOfProblem = (problem: string): "train" | "test" =>
  splitOf(behaviourOf(parseProblem(problem)));

const splitOf = (behaviour: string): "train" | "test" =>
  randomBits("code split", behaviour) % 5 === 0 ? "test" : "train";
