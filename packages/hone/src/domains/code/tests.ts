/**
 * The tests of a problem: a few examples that the agent sees, and hidden tests by which its function is judged.
 *
 * Hidden tests are chosen so that each mistake of `mistakesOf` fails at least one of them; no input is in both.
 */
import { HoneError } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import { Random } from "../../core/random.ts";
import { drawInput } from "./inputs.ts";
import { type OperationName, isOperation, operations } from "./operations.ts";
import { formatProblem, inputType, type Problem, type ProblemStep, resultOf } from "./problem.ts";
import { isSameValue } from "./values.ts";

/** An input with what the function must give for it. */
export interface CodeTest {
  readonly input: JsonValue;
  readonly output: JsonValue;
}

/** The tests of a problem. */
export interface CodeTests {
  /** Two tests that the agent sees. */
  readonly examples: readonly CodeTest[];
  /** The tests that decide, at least eight. */
  readonly hidden: readonly CodeTest[];
}

/** A wrong step in the place of a right one. */
export interface Mistake {
  /** The place of the step, from 0. */
  readonly index: number;
  /** What is written instead. */
  readonly wrong: ProblemStep;
}

const [exampleCount, hiddenCount, candidateCount] = [2, 8, 60];

/**
 * The tests of a problem, always the same.
 * @throws CODE_PROBLEM_INVALID for a problem with a result for too few inputs to test it, such as "keep below 1, keep above 15, largest"
 */
export function testsOf(problem: Problem): CodeTests {
  const all = candidatesOf(problem);
  const mutants = possibleMistakes(problem).map((mistake) => withMistake(problem, mistake));
  const examples = covering(all.filter(isShort), mutants, {
    atLeast: exampleCount,
    most: exampleCount,
  });
  const rest = all.filter((test) => !examples.includes(test));
  const hidden = covering(rest, mutants, { atLeast: hiddenCount });
  if (examples.length === exampleCount && hidden.length >= hiddenCount) return { examples, hidden };
  const why = `only ${all.length} of ${candidateCount} inputs have a result, too few to test it`;
  throw new HoneError("CODE_PROBLEM_INVALID", { problem: formatProblem(problem), why });
}

/**
 * The mistakes that the scripted expert may make: a step that is easily confused with the right one, or a number that is off by
 * one. Mistakes that fail no hidden test, because they change no result, are left out.
 */
export function mistakesOf(problem: Problem): readonly Mistake[] {
  const { hidden } = testsOf(problem);
  return possibleMistakes(problem).filter((mistake) => {
    const mutant = withMistake(problem, mistake);
    return hidden.some((test) => fails(mutant, test));
  });
}

/** The problem with a mistake in it. */
export const withMistake = (problem: Problem, { index, wrong }: Mistake): Problem =>
  problem.with(index, wrong);

function possibleMistakes(problem: Problem): readonly Mistake[] {
  return problem.flatMap((step, index) => wrongSteps(step).map((wrong) => ({ index, wrong })));
}

function wrongSteps({ operation, n }: ProblemStep): readonly ProblemStep[] {
  const { range, confusedWith } = operations[operation];
  const numbers = range === undefined ? [] : [n - 1, n + 1].filter((other) => other >= range[0]);
  const confused = confusedWith.filter(isOperation).map((other) => similarStep(other, n));
  return [...numbers.map((other) => ({ operation, n: other })), ...confused];
}

/** Another operation with the same number, where it has one. */
const similarStep = (operation: OperationName, n: number): ProblemStep => ({
  operation,
  n: operations[operation].range === undefined ? 0 : n,
});

/** Different inputs that have a result. */
function candidatesOf(problem: Problem): readonly CodeTest[] {
  const random = new Random("code tests", formatProblem(problem));
  const near = problem.filter(({ operation }) => operations[operation].range).map(({ n }) => n);
  const tests = new Map<string, CodeTest>();
  for (let draw = 0; draw < candidateCount; draw++) {
    const most = draw % 3 === 0 ? 4 : 8;
    const input = drawInput(inputType(problem), random, { near, most });
    const output = resultOf(problem, input);
    if (output !== undefined) tests.set(JSON.stringify(input), { input, output });
  }
  return [...tests.values()];
}

const isShort = ({ input }: CodeTest): boolean =>
  typeof input === "string" ? input.length <= 24 : Array.isArray(input) && input.length <= 5;

const fails = (mutant: Problem, { input, output }: CodeTest): boolean =>
  !isSameValue(resultOf(mutant, input), output);

/**
 * At most `most` tests, chosen greedily: each next one is the test that the most mutants fail of those that no chosen test has shown.
 * Further tests are added in their order until there are `atLeast`.
 */
function covering(
  tests: readonly CodeTest[],
  mutants: readonly Problem[],
  { atLeast, most = Infinity }: { readonly atLeast: number; readonly most?: number },
): readonly CodeTest[] {
  const chosen: CodeTest[] = [];
  let left = mutants;
  while (chosen.length < most) {
    const best = bestOf(tests, left);
    if (best === undefined) break;
    chosen.push(best.test);
    left = left.filter((mutant) => !fails(mutant, best.test));
  }
  const others = tests.filter((test) => !chosen.includes(test));
  return [...chosen, ...others.slice(0, Math.max(0, atLeast - chosen.length))];
}

function bestOf(
  tests: readonly CodeTest[],
  mutants: readonly Problem[],
): { readonly test: CodeTest; readonly shown: number } | undefined {
  let best: { readonly test: CodeTest; readonly shown: number } | undefined;
  for (const test of tests) {
    const shown = mutants.filter((mutant) => fails(mutant, test)).length;
    if (shown > (best?.shown ?? 0)) best = { test, shown };
  }
  return best;
}
