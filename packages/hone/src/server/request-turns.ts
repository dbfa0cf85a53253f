/**
 * Turns for requests that come at once: the work on each begins in a turn of the event loop of its own, so that a hundred of
 * them do not keep /health, or the next pieces of streams, waiting until all are read.
 */
import { setImmediate } from "node:timers/promises";

export class RequestTurns {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves in a turn of the event loop that no other request was given. */
  next(): Promise<void> {
    const turn = this.#last.then(() => setImmediate());
    this.#last = turn;
    return turn;
  }
}
