/** The function that an episode wrote, as the text of a program. */
import type { Episode } from "../../ports/environment.ts";
import { writtenLines } from "./observations.ts";
import { parameterOf, parseProblem } from "./problem.ts";
import { programOf } from "./program.ts";
import type { CodeTask } from "./tasks.ts";

/**
 * The program that defines `f` as the episode left it.
 *
 * @throws CODE_PROBLEM_INVALID for a task whose problem is none
 * @example writtenFunction(task, episode); // "const f = (xs) => {\n  let r = (xs.length);\n  return r;\n};"
 */
export const writtenFunction = ({ problem, language }: CodeTask, { steps }: Episode): string =>
  programOf(writtenLines(steps, language), language, parameterOf(parseProblem(problem)));
