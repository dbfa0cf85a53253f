/** The queue of one language's programs. Plain programs that wait at the same time run together, up to `maxTogether`. */
import { HoneError, isError } from "../../core/errors.ts";
import { isObject, type JsonValue } from "../../core/json.ts";
import type { Sandbox } from "../../ports/sandbox.ts";
import type { Outcome, ProgramOutcome, TriedProgram } from "./code-runner.ts";
import { harnesses, type Job } from "./harness.ts";
import { isPlain } from "./plain-code.ts";
import { programOf } from "./program.ts";

/** What a program did, and whether it would do so again. */
export interface TriedOutcome {
  readonly outcome: ProgramOutcome;
  /** True where the limit on time ended it, which a machine that is busy with other work may have caused. */
  readonly isLate: boolean;
}

/** The queue of a language. */
export interface ProgramQueue {
  /**
   * Tries a program as soon as an interpreter is free. One that takes too long, or whose interpreter dies in a run of several, is
   * tried once more, by itself and with all the time that the sandbox allows.
   * @throws as `Sandbox.run`
   */
  try(program: TriedProgram): Promise<TriedOutcome>;
  /** Ends the interpreters; programs that wait or run fail with SANDBOX_CLOSED. */
  close(): Promise<void>;
}

/** Plain programs that run together in one run at most. */
const maxTogether = 32;

/** A program that waits. */
interface Waiting {
  readonly program: TriedProgram;
  readonly isAlone: boolean;
  /** Whether it was tried before. */
  readonly isAgain: boolean;
  readonly resolve: (outcome: TriedOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** How a queue runs programs. */
export interface ProgramQueueOptions {
  /** Runs side by side. */
  readonly size: number;
  /** Time of a run in ms. A program that is tried again has the time that the sandbox allows. */
  readonly timeMs: number;
  /** Counts the runs. */
  readonly counts: { runs: number };
}

/**
 * A queue.
 * @param open  opens the sandbox, when the first program is tried
 */
export function programQueue(
  open: () => Sandbox,
  { size, timeMs, counts }: ProgramQueueOptions,
): ProgramQueue {
  let sandbox: Sandbox | undefined;
  let waiting: Waiting[] = [];
  let [running, isClosed] = [0, false];

  const pump = (): void => {
    while (running < size && waiting.length > 0) {
      const together = nextOf(waiting);
      waiting = waiting.filter((one) => !together.includes(one));
      running++;
      void runTogether(together).finally(() => {
        running--;
        pump();
      });
    }
  };

  const runTogether = async (together: readonly Waiting[]): Promise<void> => {
    try {
      sandbox ??= open();
      counts.runs++;
      const outcomes = await outcomesIn(sandbox, together, timeMs);
      if (outcomes === undefined) again(together);
      else together.forEach(({ resolve }, i) => resolve(outcomes[i]!));
    } catch (error) {
      if (together.length > 1 && isError(error, "SANDBOX_CRASHED")) again(together);
      else for (const { reject } of together) reject(error);
    }
  };

  /** One program may have ended the run of all, so each is tried by itself. */
  const again = (together: readonly Waiting[]): void => {
    const closed = isClosed ? closedError() : undefined;
    for (const one of together) {
      if (closed === undefined) waiting.push({ ...one, isAlone: true, isAgain: true });
      else one.reject(closed);
    }
  };

  const closedError = (): HoneError =>
    new HoneError("SANDBOX_CLOSED", { sandbox: sandbox?.name ?? "code" });

  return {
    try: (program) => {
      const { promise, resolve, reject } = Promise.withResolvers<TriedOutcome>();
      const isAlone = !isPlain(program.lines, program.language);
      waiting.push({ program, isAlone, isAgain: false, resolve, reject });
      // Waiting until the end of this turn of the event loop lets programs that are asked for together run together.
      setImmediate(() => (isClosed ? undefined : pump()));
      return promise;
    },
    close: async () => {
      isClosed = true;
      const closed = closedError();
      for (const { reject } of waiting.splice(0)) reject(closed);
      await sandbox?.close();
    },
  };
}

/** The next programs to run: the first one that waits, with other plain ones if it is plain. */
function nextOf(waiting: readonly Waiting[]): readonly Waiting[] {
  const [first] = waiting;
  if (first!.isAlone) return [first!];
  return waiting.filter(({ isAlone }) => !isAlone).slice(0, maxTogether);
}

/**
 * Runs programs together. Returns undefined where they are to be tried again: when several ran and the run failed, so that it is not
 * known which one is at fault, and when one took too long at its first try.
 */
async function outcomesIn(
  sandbox: Sandbox,
  together: readonly Waiting[],
  timeMs: number,
): Promise<readonly TriedOutcome[] | undefined> {
  const isAgain = together.some((one) => one.isAgain);
  const programs = together.map(({ program }) => program);
  const jobs = programs.map(({ language, lines, parameter, inputs }): Job => ({
    code: programOf(lines, language, parameter),
    inputs,
  }));
  const code = harnesses[programs[0]!.language];
  const { value, failure } = await sandbox.run({
    code,
    entry: { function: "runAll", arguments: [jobs] },
    ...(isAgain ? {} : { limits: { timeMs } }),
  });
  const outcomes = failure === undefined ? readOutcomes(value, programs) : undefined;
  if (outcomes !== undefined) return outcomes.map((outcome) => ({ outcome, isLate: false }));
  const isLate = failure?.limit === "time";
  if (programs.length > 1 || (isLate && !isAgain)) return undefined;
  const problem = failure?.message ?? "it handed back what is no result";
  return [{ outcome: { problem }, isLate }];
}

/** Reads what the sandbox handed back, which a program may have forged. Returns undefined when its form is wrong. */
function readOutcomes(
  value: JsonValue | undefined,
  programs: readonly TriedProgram[],
): readonly ProgramOutcome[] | undefined {
  if (!Array.isArray(value) || value.length !== programs.length) return undefined;
  const read = value.map((one, i) => readOutcome(one, programs[i]!.inputs.length));
  return read.every((one) => one !== undefined) ? read : undefined;
}

function readOutcome(one: unknown, inputs: number): ProgramOutcome | undefined {
  if (!isObject(one)) return undefined;
  const { problem, outcomes } = one;
  if (typeof problem === "string") return { problem };
  if (!Array.isArray(outcomes) || outcomes.length !== inputs) return undefined;
  return { outcomes: outcomes.map(readResult) };
}

function readResult(result: unknown): Outcome {
  const { json, error } = isObject(result) ? result : {};
  if (typeof json !== "string") return { error: typeof error === "string" ? error : "no result" };
  try {
    return { value: JSON.parse(json) as JsonValue };
  } catch {
    return { error: "its result is no JSON, or too long" };
  }
}
