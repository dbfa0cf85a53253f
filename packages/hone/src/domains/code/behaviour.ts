/** Compares problems by what their functions compute, whatever words or code they are written in. */
import { randomBits } from "../../core/random.ts";
import type { JsonValue } from "../../core/json.ts";
import { probesOf } from "./inputs.ts";
import { follows, inputType, type Problem, resultOf } from "./problem.ts";

/** The results on the probes. */
const resultsOn = (problem: Problem): readonly (JsonValue | undefined)[] =>
  probesOf(inputType(problem)).map((probe) => resultOf(problem, probe));

/**
 * One text for all problems whose functions give the same results on 64 probes, such as "add 3, largest" and "largest" of the
 * numbers that are 3 more.
 */
export function behaviourOf(problem: Problem): string {
  const results = JSON.stringify(resultsOn(problem).map((result) => result ?? null));
  const bits = [1, 2].map((part) => randomBits("code behaviour", part, results));
  return [inputType(problem), ...bits.map((number) => number.toString(36))].join("-");
}

/**
 * Whether a problem needs each of its steps and its input: leaving out any steps changes results, most inputs have a result, and
 * the results differ.
 */
export function isWorthwhile(problem: Problem): boolean {
  const results = resultsOn(problem);
  const some = results.filter((result) => result !== undefined);
  const different = new Set(some.map((result) => JSON.stringify(result)));
  if (some.length < 0.6 * results.length || different.size < 5) return false;
  const whole = JSON.stringify(results);
  return shorterOnes(problem).every(
    (shorter) => !fits(shorter) || JSON.stringify(resultsOn(shorter)) !== whole,
  );
}

/** The problem with some of its steps left out, in every way. */
function shorterOnes(problem: Problem): readonly Problem[] {
  const all = 2 ** problem.length - 1;
  return Array.from({ length: all - 1 }, (_, i) =>
    problem.filter((_step, place) => ((i + 1) >> place) % 2 === 1),
  );
}

/** Whether steps can follow each other. */
const fits = (steps: Problem): boolean =>
  steps.every((_, i) => i === 0 || follows(steps[i - 1]!, steps[i]!));
