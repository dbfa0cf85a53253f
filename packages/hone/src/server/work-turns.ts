/**
 * Turns for work that comes a hundred times at once: a few pieces of it are done in each turn of the event loop, so that
 * /health, and whatever else comes meanwhile, waits for these and not for all.
 */
import { setImmediate } from "node:timers/promises";

/** One queue of work. */
export class WorkTurns {
  readonly #perTurn: number;
  #last: Promise<unknown> = Promise.resolve();
  /** How many more calls share the last turn. */
  #left = 0;

  /** @param perTurn  pieces of work that share a turn */
  constructor(perTurn: number) {
    this.#perTurn = perTurn;
  }

  /** Resolves, in the order of the calls, in a turn of the event loop that at most `perTurn` calls of this queue are given. */
  async next(): Promise<void> {
    if (this.#left === 0) {
      this.#last = this.#last.then(() => setImmediate());
      this.#left = this.#perTurn;
    }
    this.#left--;
    await this.#last;
  }
}

/** The values of an iterable, each handed on in a turn that is waited for. */
export async function* inTurns<T>(
  values: AsyncIterable<T>,
  turn: () => Promise<void>,
): AsyncGenerator<T> {
  for await (const value of values) {
    await turn();
    yield value;
  }
}
