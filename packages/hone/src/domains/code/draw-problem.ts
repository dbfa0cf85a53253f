/** Draws problems of a level: steps that fit together, by the types of their values. */
import type { Random } from "../../core/random.ts";
import { type OperationName, operationNames, operations } from "./operations.ts";
import type { Problem, ProblemStep } from "./problem.ts";
import type { CodeLevel } from "./tasks.ts";
import type { ValueType } from "./values.ts";

/** The types of the values from the input to the result, by their first letters: n number, l numbers, w words, t text. */
const shapes: Readonly<Record<CodeLevel, readonly string[]>> = {
  1: ["lln", "lln", "lln", "llt"],
  2: ["llln", "lllt", "tttt", "tttn", "twwn", "twwt"],
  3: ["lllln", "llllt", "ttwwn", "ttwwt", "twwlln", "twwwt", "twwltt"],
};

const types: Readonly<Record<string, ValueType>> = {
  n: "number",
  l: "numbers",
  w: "words",
  t: "text",
};

/** Operations from one type to another. */
const between = (from: ValueType | undefined, to: ValueType | undefined): OperationName[] =>
  operationNames.filter((name) => operations[name].from === from && operations[name].to === to);

/** A problem of the level. It may need fewer steps than it has: see `isWorthwhile`. */
export function drawProblem(level: CodeLevel, random: Random): Problem {
  const shape = random.pick(shapes[level]);
  return Array.from({ length: shape.length - 1 }, (_, i) =>
    drawStep(between(types[shape[i]!], types[shape[i + 1]!]), random),
  );
}

/** Draws the need before the operation, so that filters, of which there are many, are no more likely than a sort. */
function drawStep(names: readonly OperationName[], random: Random): ProblemStep {
  const need = random.pick([...new Set(names.map((name) => operations[name].needs))]);
  const operation = random.pick(names.filter((name) => operations[name].needs === need));
  const { range } = operations[operation];
  return { operation, n: range === undefined ? 0 : random.integer(...range) };
}
