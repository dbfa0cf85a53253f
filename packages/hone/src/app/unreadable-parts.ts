/** What a store cannot read: counted and passed on, while the rest is read. */
import type { HoneError } from "../core/errors.ts";
import type { Trace } from "../core/trace.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import { isDamage } from "../store/unreadable-parts.ts";

export class UnreadableParts {
  readonly #messages = new Set<string>();
  readonly #onProblem: ((problem: HoneError) => void) | undefined;

  constructor(onProblem?: (problem: HoneError) => void) {
    this.#onProblem = onProblem;
  }

  /** Each part once, however often it is read. */
  get count(): number {
    return this.#messages.size;
  }

  readonly add = (problem: HoneError): void => {
    if (this.#messages.has(problem.message)) return;
    this.#messages.add(problem.message);
    this.#onProblem?.(problem);
  };
}

/** The trace, for those who have others to look at: one that cannot be read is a problem, and as good as deleted. */
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
