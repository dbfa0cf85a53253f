/**
 * Turns for requests that begin at once: each is read and rendered in a turn of the event loop of its own, so that what
 * takes no time, such as /health or a stream's next piece, is answered between two of them.
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
