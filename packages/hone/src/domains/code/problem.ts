/**
 * Problems as data: operations one after the other, in words and as code.
 *
 *     keep above 3, sum        xs.filter(x => x > 3), then r.reduce((a, b) => a + b, 0)
 */
import { HoneError } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import {
  type CodeLanguage,
  isOperation,
  type OperationName,
  operationNames,
  operations,
} from "./operations.ts";
import { parameterNames, type ValueType } from "./values.ts";

/** An operation with its number, which is 0 where it has none. */
export interface ProblemStep {
  readonly operation: OperationName;
  readonly n: number;
}

/** The steps of a problem, each of which takes what the one before gives. */
export type Problem = readonly ProblemStep[];

/** The highest number of steps of a problem. */
const maxSteps = 6;

/** A step in words: "keep above 3". */
const formatStep = ({ operation, n }: ProblemStep): string => operation.replace("#", String(n));

/** A problem in words, as `parseProblem` reads it: "keep above 3, sum". */
export const formatProblem = (problem: Problem): string => problem.map(formatStep).join(", ");

/**
 * Reads a problem in words.
 * @throws CODE_PROBLEM_INVALID for a step that does not exist, a number outside its range, or steps that do not fit together
 */
export function parseProblem(text: string): Problem {
  const invalid = (problem: string): HoneError =>
    new HoneError("CODE_PROBLEM_INVALID", { problem: text.slice(0, 120), why: problem });
  const parts = text.split(",").map((part) => part.trim());
  if (parts.length > maxSteps) throw invalid(`it has more than ${maxSteps} steps`);
  const steps = parts.map((part) => {
    const step = parseStep(part);
    if (step === undefined) throw invalid(`there is no step "${part}"`);
    return step;
  });
  const misfit = steps.findIndex((step, i) => i > 0 && !follows(steps[i - 1]!, step));
  if (misfit < 0) return steps;
  const [before, step] = [steps[misfit - 1]!, steps[misfit]!];
  throw invalid(
    `"${formatStep(before)}" gives a value of the type ${toOf(before)}, and "${formatStep(step)}" takes ${fromOf(step)}`,
  );
}

function parseStep(text: string): ProblemStep | undefined {
  if (isOperation(text) && operations[text].range === undefined) return { operation: text, n: 0 };
  const number = /\d+/.exec(text)?.[0];
  if (number === undefined) return undefined;
  const name = operationNames.find((operation) => operation.replace("#", number) === text);
  const [low, high] = (name && operations[name].range) ?? [1, 0];
  const n = Number(number);
  return name !== undefined && n >= low && n <= high ? { operation: name, n } : undefined;
}

const fromOf = ({ operation }: ProblemStep): ValueType => operations[operation].from;
const toOf = ({ operation }: ProblemStep): ValueType => operations[operation].to;

/** Whether a step takes what another gives. */
export const follows = (before: ProblemStep, step: ProblemStep): boolean =>
  toOf(before) === fromOf(step);

/** The type of a problem's input. */
export const inputType = (problem: Problem): ValueType => fromOf(problem[0]!);

/** The name of the parameter of a problem's function: "xs", "ws" or "s". */
export const parameterOf = (problem: Problem): string => parameterNames[inputType(problem)];

/** The values after each step; undefined from the first step on that has no result. */
export function valuesOf(problem: Problem, input: JsonValue): readonly (JsonValue | undefined)[] {
  let value: JsonValue | undefined = input;
  return problem.map(({ operation, n }) => {
    value = value === undefined ? undefined : operations[operation].compute(value, n);
    return value;
  });
}

/** The value after the last step. */
export const resultOf = (problem: Problem, input: JsonValue): JsonValue | undefined =>
  valuesOf(problem, input).at(-1);

/** What a problem needs, step by step: ["filter", "sum"]. */
export const needsOf = (problem: Problem): readonly string[] =>
  problem.map(({ operation }) => operations[operation].needs);

/** The code of a step on a named value: "r.slice(0, 3)". */
export const codeOf = (step: ProblemStep, value: string, language: CodeLanguage): string =>
  operations[step.operation][language].replace("$", value).replaceAll("#", String(step.n));

/** The lines of the reference solution: the first is about the parameter, the others about `r`, the value so far. */
export const solutionOf = (problem: Problem, language: CodeLanguage): readonly string[] =>
  problem.map((step, i) => codeOf(step, i === 0 ? parameterOf(problem) : "r", language));
