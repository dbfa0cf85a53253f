/**
 * Turns for work that comes a hundred times at once: each piece of it is done in a turn of the event loop of its own, so that
 * /health, and whatever else comes meanwhile, waits for one piece of work and not for all.
 */
import { setImmediate } from "node:timers/promises";

/** One queue of work. */
export class WorkTurns {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves, in the order of the calls, in a turn of the event loop that no other work of this queue was given. */
  next(): Promise<void> {
    const turn = this.#last.then(() => setImmediate());
    this.#last = turn;
    return turn;
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
