/**
 * The environment of programming problems: an episode writes one function, line by line, and tries it in a sandbox.
 *
 *     javascript f(xs): keep above 3, sum → analyze_requirements filter sum     → ok       0.5
 *       → write_function xs.filter(x => x > 3)                                  → ok       1
 *       → add_logic r.reduce((a, b) => a + b, 0)                                → ok       1
 *       → test_code                                                             → passed   3 + 1 + 0.5       7 in all
 *
 * `test_code` runs the examples; when they pass, the hidden tests decide and the episode ends. README.md has the rules and the
 * table of rewards. A line is paid only when the function then does more of the problem's steps than ever before in the episode.
 */
import { checkOptions } from "../../core/known-options.ts";
import {
  type ActionOutcome,
  afterTheEnd,
  type EpisodeEnd,
  episodeEnd,
} from "../../environments/episode-end.ts";
import type { Action, ActionEnvironment, StepResult } from "../../ports/environment.ts";
import { type CodeRunner, codeRunner, type Outcome } from "./code-runner.ts";
import {
  debugged,
  errorOf,
  failureText,
  isResult,
  openingText,
  shortText,
} from "./observations.ts";
import type { CodeLanguage } from "./operations.ts";
import {
  needsOf,
  parameterOf,
  parseProblem,
  type Problem,
  solutionOf,
  valuesOf,
} from "./problem.ts";
import { lengthOf } from "./program.ts";
import { styleOf } from "./style.ts";
import type { CodeTask } from "./tasks.ts";
import { type CodeTests, testsOf } from "./tests.ts";
import { isSameValue } from "./values.ts";

/** The rewards, in points. */
export const codeRewards = {
  /** Naming what the problem needs, at the only try. */
  analyze_requirements: 0.5,
  /** Each step of the problem that the function does for the first time in the episode. */
  step: 1,
  /** The hidden tests: this times the share that passes. */
  correctness: 3,
  /** Where all hidden tests pass: this times the length of the reference solution over that of the function, at most once. */
  efficiency: 1,
  /** Where all hidden tests pass: this times the share of the checks of style that hold. */
  style: 0.5,
  /** A wrong analysis, a line after which no more steps are done than before, an example that fails, an action that cannot be taken. */
  wrong_step: -0.5,
} as const;

/** The points for efficiency and style of a function that passes all hidden tests. */
export function qualityOf(
  lines: readonly string[],
  problem: Problem,
  language: CodeLanguage,
): { readonly efficiency: number; readonly style: number } {
  const reference = lengthOf(solutionOf(problem, language));
  return {
    efficiency: codeRewards.efficiency * Math.min(1, reference / lengthOf(lines)),
    style: codeRewards.style * styleOf(lines, language),
  };
}

/** Actions until an episode is cut off, where nothing else is said. */
export const codeMaxActions = 12;

/** The limits of `codeEnvironment`, and what runs its programs. */
export interface CodeEnvironmentOptions {
  /** Actions until the episode is cut off. Default 12. */
  readonly maxActions?: number;
  /** What runs the programs. Default: one runner that all environments of the process share. */
  readonly runner?: CodeRunner;
}

let shared: CodeRunner | undefined;

/**
 * A new environment of programming problems, for one episode at a time. README.md has actions and rewards.
 *
 * @throws OPTION_INVALID for an unknown option or a `maxActions` that is not a whole number of at least 1. From `reset`
 *         CODE_PROBLEM_INVALID; from `step` SANDBOX_PACKAGE_MISSING where the language's interpreter is not installed
 * @example
 * const environment = codeEnvironment();
 * await environment.reset(codeTask("keep above 3, sum"), 0); // "javascript f(xs): keep above 3, sum\nf([…]) = …"
 * await environment.step({ name: "write_function", argument: "xs.filter(x => x > 3)" }); // reward 1
 */
export function codeEnvironment(options: CodeEnvironmentOptions = {}): ActionEnvironment<CodeTask> {
  const where = "codeEnvironment";
  checkOptions(where, options, { maxActions: true, runner: true });
  const { maxActions = codeMaxActions, runner = (shared ??= codeRunner()) } = options;
  return new CodeEnvironment(episodeEnd(where, maxActions), runner);
}

/** Longest argument of an action that writes code, in characters. */
const maxCode = 2_000;

class CodeEnvironment implements ActionEnvironment<CodeTask> {
  readonly #end: EpisodeEnd;
  readonly #runner: CodeRunner;
  #problem: Problem = [];
  #tests: CodeTests = { examples: [], hidden: [] };
  #language: CodeLanguage = "javascript";
  #lines: readonly string[] = [];
  #outcomes: readonly Outcome[] = [];
  #isAnalyzed = false;
  #stepsDone = 0;

  constructor(end: EpisodeEnd, runner: CodeRunner) {
    this.#end = end;
    this.#runner = runner;
  }

  reset(task: CodeTask, _seed: number): string {
    this.#problem = parseProblem(task.problem);
    this.#tests = testsOf(this.#problem);
    this.#language = task.language;
    this.#lines = [];
    this.#outcomes = [];
    this.#isAnalyzed = false;
    this.#stepsDone = 0;
    this.#end.begin();
    return openingText(task, this.#problem, this.#tests);
  }

  validActions(): readonly string[] {
    if (this.#end.isOver()) return [];
    const analysis = this.#isAnalyzed ? [] : ["analyze_requirements"];
    const code =
      this.#lines.length === 0 ? ["write_function"] : ["add_logic", "test_code", "debug"];
    return [...analysis, ...code];
  }

  async step(action: Action): Promise<StepResult> {
    return this.#end.isOver() ? afterTheEnd : this.#end.result(await this.#outcome(action));
  }

  #outcome({ name, argument = "" }: Action): ActionOutcome | Promise<ActionOutcome> {
    if (!this.validActions().includes(name)) return invalid;
    switch (name) {
      case "analyze_requirements":
        return this.#analyze(argument);
      case "test_code":
        return this.#test();
      case "debug":
        return this.#debug(argument);
      default:
        return this.#write([...this.#lines, argument.trim()]);
    }
  }

  #analyze(argument: string): ActionOutcome {
    const named = argument.split(/[\s,]+/).filter((word) => word !== "");
    const isRight = isSameValue(named, needsOf(this.#problem));
    this.#isAnalyzed = true;
    return isRight
      ? { observation: "ok", reward: codeRewards.analyze_requirements }
      : { observation: "wrong", reward: codeRewards.wrong_step };
  }

  /** Replaces a line, "2 r.length", or all lines by a whole definition. */
  #debug(argument: string): ActionOutcome | Promise<ActionOutcome> {
    const lines = debugged(this.#lines, argument, this.#language);
    return lines === undefined ? invalid : this.#write(lines);
  }

  /** Takes the lines when they run for at least one input. */
  async #write(lines: readonly string[]): Promise<ActionOutcome> {
    if (lines.some((line) => line === "" || line.length > maxCode)) return invalid;
    const problem = this.#problem;
    const tests = [...this.#tests.examples, ...this.#tests.hidden];
    const tried = await this.#runner.try({
      language: this.#language,
      lines,
      parameter: parameterOf(problem),
      inputs: tests.map(({ input }) => input),
    });
    const error = errorOf(tried);
    if (error !== undefined || "problem" in tried)
      return { ...invalid, observation: `error: ${shortText(error ?? "")}` };
    this.#lines = lines;
    this.#outcomes = tried.outcomes;
    const before = this.#stepsDone;
    this.#stepsDone = Math.max(before, this.#doneSteps());
    const gained = this.#stepsDone - before;
    const reward = gained > 0 ? gained * codeRewards.step : codeRewards.wrong_step;
    return { observation: "ok", reward };
  }

  /** The number of the problem's steps that the function does: its results are the values after that step on every test. */
  #doneSteps(): number {
    const values = [...this.#tests.examples, ...this.#tests.hidden].map(({ input }) =>
      valuesOf(this.#problem, input),
    );
    const isDone = (step: number): boolean =>
      this.#outcomes.every((outcome, i) => isResult(outcome, values[i]![step]));
    return this.#problem.findLastIndex((_, step) => isDone(step)) + 1;
  }

  #test(): ActionOutcome {
    const { examples, hidden } = this.#tests;
    const failed = examples.findIndex(({ output }, i) => !isResult(this.#outcomes[i]!, output));
    if (failed >= 0) {
      const observation = failureText(examples[failed]!, this.#outcomes[failed]!);
      return { observation, reward: codeRewards.wrong_step };
    }
    const results = this.#outcomes.slice(examples.length);
    const passed = hidden.filter(({ output }, i) => isResult(results[i]!, output)).length;
    const isSuccess = passed === hidden.length;
    const correctness = (codeRewards.correctness * passed) / hidden.length;
    if (!isSuccess) {
      const observation = `${passed} of ${hidden.length} hidden tests passed`;
      return { observation, reward: correctness, isEnd: true };
    }
    const { efficiency, style } = qualityOf(this.#lines, this.#problem, this.#language);
    const reward = correctness + efficiency + style;
    return { observation: "passed", reward, isEnd: true, isSuccess };
  }
}

/** What comes of an action that cannot be taken. */
const invalid: ActionOutcome = {
  observation: "invalid",
  reward: codeRewards.wrong_step,
  isValid: false,
};
