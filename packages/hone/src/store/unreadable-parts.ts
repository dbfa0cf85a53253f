/** What a store does about parts of it that cannot be read: it reports each once, and reads the rest. */
import type { HoneError } from "../core/errors.ts";
import { isDamage } from "../core/stored-damage.ts";
import type { Trace } from "../core/trace.ts";
import type { TraceStore } from "../ports/trace-store.ts";

export interface ProblemOptions {
  /** Called once for each trace or part of one that cannot be read. Default: a warning of the process. */
  readonly onProblem?: (problem: HoneError) => void;
}

/** A listener that passes each problem on once, by its message. */
export function reportOnce({ onProblem = warn }: ProblemOptions): (problem: HoneError) => void {
  const reported = new Set<string>();
  return (problem) => {
    if (reported.has(problem.message)) return;
    reported.add(problem.message);
    onProblem(problem);
  };
}

const warn = (problem: HoneError): void =>
  process.emitWarning(problem.message, { type: "HoneWarning", code: problem.code });

/** Counts the parts that a store could not read; `add` is the `onProblem` of the store. */
export class UnreadableParts {
  #count = 0;
  /** Counts the problem and passes it on, once for each part however often it is read. */
  readonly add: (problem: HoneError) => void;

  constructor(onProblem?: (problem: HoneError) => void) {
    this.add = reportOnce({
      onProblem: (problem) => {
        this.#count++;
        onProblem?.(problem);
      },
    });
  }

  get count(): number {
    return this.#count;
  }
}

/** The trace. One that cannot be read is reported and counts as missing, so that a caller can go on with others. */
export async function getReadable(
  store: TraceStore,
  id: string,
  onProblem?: (problem: HoneError) => void,
): Promise<Trace | undefined> {
  try {
    return await store.get(id);
  } catch (error) {
    if (!isDamage(error)) throw error;
    onProblem?.(error);
    return undefined;
  }
}
