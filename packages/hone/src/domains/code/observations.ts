/** What the agent of an episode of programming reads, and what can be read back from it. */
import type { JsonValue } from "../../core/json.ts";
import type { EpisodeStep } from "../../ports/environment.ts";
import type { Outcome, ProgramOutcome } from "./code-runner.ts";
import { type CodeLanguage, codeLanguages } from "./operations.ts";
import { parseProblem, parameterOf, type Problem } from "./problem.ts";
import { isDefinition } from "./program.ts";
import type { CodeTask } from "./tasks.ts";
import type { CodeTest, CodeTests } from "./tests.ts";
import { isSameValue } from "./values.ts";

/** What the agent reads first: language, signature, the problem, and an example a line. */
export function openingText(task: CodeTask, problem: Problem, { examples }: CodeTests): string {
  return [
    `${task.language} f(${parameterOf(problem)}): ${task.problem}`,
    ...examples.map(({ input, output }) => `${callText(input)} = ${JSON.stringify(output)}`),
  ].join("\n");
}

/** The problem and the language of an episode, from what the agent read first. */
export function readOpening(
  text: string,
): { readonly language: CodeLanguage; readonly problem: Problem } | undefined {
  const [, name, words] = /^(\w+) f\(\w+\): (.*)$/m.exec(text) ?? [];
  const language = codeLanguages.find((one) => one === name);
  return language && words !== undefined ? { language, problem: parseProblem(words) } : undefined;
}

/** What an example that fails gave: "f([1,5]) = 2, not 5". */
export const failureText = ({ input, output }: CodeTest, outcome: Outcome): string =>
  `${callText(input)} = ${outcomeText(outcome)}, not ${shortText(JSON.stringify(output))}`;

const callText = (input: JsonValue): string => `f(${JSON.stringify(input)})`;

const outcomeText = (outcome: Outcome): string =>
  shortText("value" in outcome ? JSON.stringify(outcome.value) : outcome.error);

/** One line of at most 60 characters. */
export function shortText(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}

/** Why a program cannot be taken: it is none, or fails for every input. */
export function errorOf(tried: ProgramOutcome): string | undefined {
  if ("problem" in tried) return tried.problem;
  const errors = tried.outcomes.map((outcome) => ("error" in outcome ? outcome.error : undefined));
  return errors.every((error) => error !== undefined) ? errors[0] : undefined;
}

/** Whether a function gave this value. */
export const isResult = (outcome: Outcome, value: JsonValue | undefined): boolean =>
  "value" in outcome && isSameValue(outcome.value, value);

/** A line and its place, from an argument of `debug`: "2 r.length". */
function readDebug(
  argument: string,
): { readonly index: number; readonly line: string } | undefined {
  const match = /^(\d{1,2})[:.]?\s+(\S[\s\S]*)$/.exec(argument.trim());
  return match === null ? undefined : { index: Number(match[1]) - 1, line: match[2]! };
}

/** The lines of the function after these steps. */
export function writtenLines(
  steps: readonly EpisodeStep[],
  language: CodeLanguage,
): readonly string[] {
  let lines: readonly string[] = [];
  for (const { action, nextState } of steps) {
    const argument = (action.argument ?? "").trim();
    if (nextState !== "ok") continue;
    if (["write_function", "add_logic"].includes(action.name)) lines = [...lines, argument];
    if (action.name === "debug") lines = debugged(lines, argument, language) ?? lines;
  }
  return lines;
}

/** The lines after a `debug`; undefined where it names no line. */
export function debugged(
  lines: readonly string[],
  argument: string,
  language: CodeLanguage,
): readonly string[] | undefined {
  if (isDefinition(argument.trim(), language)) return [argument.trim()];
  const read = readDebug(argument);
  return read !== undefined && read.index in lines ? lines.with(read.index, read.line) : undefined;
}
