/** What a store cannot read: counted and passed on, while the rest is read. */
import type { HoneError } from "../../core/errors.ts";
import type { Trace } from "../../core/trace.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { isDamage, tellOnce } from "../../store/unreadable-parts.ts";

export class UnreadableParts {
  #count = 0;
  /** Each part counts once, however often it is read. */
  readonly add: (problem: HoneError) => void;

  constructor(onProblem?: (problem: HoneError) => void) {
    this.add = tellOnce({
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
