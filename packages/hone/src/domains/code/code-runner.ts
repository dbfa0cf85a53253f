/**
 * Runs programs of the code domain in sandboxes. One sandbox run covers all inputs of a program, plain programs of several episodes
 * share a run, and outcomes are cached, because starting a run costs far more than a small program.
 */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { JsonValue } from "../../core/json.ts";
import type { Sandbox } from "../../ports/sandbox.ts";
import { javascriptSandbox } from "../../sandbox/javascript-sandbox.ts";
import { pythonSandbox } from "../../sandbox/python-sandbox.ts";
import type { CodeLanguage } from "./operations.ts";
import { type ProgramQueue, programQueue, type TriedOutcome } from "./program-queue.ts";

/** What a function gave for an input: a value, or why there is none. */
export type Outcome =
  | {
      /** What it returned. */
      readonly value: JsonValue;
    }
  | {
      /** What it threw, or what is wrong with what it returned. */
      readonly error: string;
    };

/** What a program did: an outcome for each input, or why it is no program. */
export type ProgramOutcome =
  | {
      /** The outcomes, in the order of the inputs. */
      readonly outcomes: readonly Outcome[];
    }
  | {
      /** Why there are none: what is wrong with its text, or the limit that it passed. */
      readonly problem: string;
    };

/** A program as its lines, and the inputs of its function. */
export interface TriedProgram {
  /** The language of the lines. */
  readonly language: CodeLanguage;
  /** Expressions: the first of the parameter, the others also of `r`, the value so far; or first a definition of `f`. */
  readonly lines: readonly string[];
  /** The name of the function's parameter. */
  readonly parameter: string;
  /** What the function is called with, one after the other. */
  readonly inputs: readonly JsonValue[];
}

/** Runs programs of the code domain; one may be shared by all environments of a process. */
export interface CodeRunner {
  /**
   * Tries a program on inputs.
   * @throws SANDBOX_PACKAGE_MISSING where the language's interpreter is not installed; SANDBOX_CRASHED, SANDBOX_CLOSED
   */
  try(program: TriedProgram): Promise<ProgramOutcome>;
  /** Sandbox runs so far, and calls of `try`. There are fewer runs than calls where programs shared a run or were cached. */
  readonly counts: { readonly runs: number; readonly programs: number };
  /** Ends the interpreters. The next program starts new ones. */
  close(): Promise<void>;
}

/** How programs are run. */
export interface CodeRunnerOptions {
  /** Time of one run in ms. A program that takes longer is tried once more, by itself, for three times as long. Default 1,000. */
  readonly timeMs?: number;
  /** Memory of one run in MB. Default 64. */
  readonly memoryMb?: number;
  /** Interpreters of each language, each a process, that work side by side. Default 1. */
  readonly size?: number;
}

/** Outcomes that are cached at most. */
const maxKnown = 20_000;

/** How much longer than a first run a program's second one may take: a busy machine may stall the first. */
const secondRunTimes = 3;

/** Runs of an interpreter's process before a new one takes its place. */
const maxUses = { javascript: 500, python: 50 } as const;

/**
 * A runner whose interpreters start with the first program of their language.
 * @throws OPTION_INVALID
 * @example
 * const runner = codeRunner();
 * await runner.try({ language: "javascript", lines: ["xs.length"], parameter: "xs", inputs: [[1, 2]] }); // { outcomes: [{ value: 2 }] }
 */
export function codeRunner(options: CodeRunnerOptions = {}): CodeRunner {
  checkOptions("codeRunner", options, { timeMs: true, memoryMb: true, size: true });
  const check = optionChecks("codeRunner");
  const timeMs = check.whole("timeMs", options.timeMs ?? 1_000, { min: 1 });
  const memoryMb = check.whole("memoryMb", options.memoryMb ?? 64, { min: 64, max: 1_024 });
  const size = check.whole("size", options.size ?? 1, { min: 1, max: 64 });
  const limits = { timeMs: secondRunTimes * timeMs, memoryMb, outputBytes: 8 * 1024 * 1024 };
  const open = (language: CodeLanguage): Sandbox => {
    const settings = { limits, size, maxUses: maxUses[language] };
    return language === "javascript" ? javascriptSandbox(settings) : pythonSandbox(settings);
  };
  const queues = new Map<CodeLanguage, ProgramQueue>();
  const counts = { runs: 0, programs: 0 };
  const known = new Map<string, Promise<ProgramOutcome>>();
  return {
    counts,
    try(program) {
      counts.programs++;
      const key = JSON.stringify(program);
      const found = known.get(key);
      if (found !== undefined) return found;
      const { language } = program;
      const queue =
        queues.get(language) ?? programQueue(() => open(language), { size, timeMs, counts });
      queues.set(language, queue);
      return remembered(known, key, queue.try(program));
    },
    async close() {
      const closing = [...queues.values()];
      queues.clear();
      await Promise.all(closing.map((queue) => queue.close()));
    },
  };
}

/**
 * Caches an outcome, and gives it. Drops the oldest one above `maxKnown`; and one that was rejected or too late, so that the program
 * is tried again when it is asked for again.
 */
function remembered(
  known: Map<string, Promise<ProgramOutcome>>,
  key: string,
  tried: Promise<TriedOutcome>,
): Promise<ProgramOutcome> {
  const outcome = tried.then((one) => one.outcome);
  known.set(key, outcome);
  const forget = (): boolean => known.get(key) === outcome && known.delete(key);
  tried.then(({ isLate }) => isLate && forget(), forget);
  const [oldest] = known.keys();
  if (known.size > maxKnown && oldest !== undefined) known.delete(oldest);
  return outcome;
}
