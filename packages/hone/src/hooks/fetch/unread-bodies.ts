/**
 * Notices when the app drops the body of a response before it has read it.
 *
 * Watching a body with a FinalizationRegistry costs the garbage collector more than everything else that is done for a short
 * answer. Most bodies are read within moments, so only those that are not read by then are watched.
 */

/** Called once the body was collected as garbage. */
interface Reader {
  stopped(): void;
}

/** How long a body is held until it is watched, in ms. */
const heldMs = 250;

export class UnreadBodies {
  readonly #held = new Map<Reader, object>();
  readonly #watched = new FinalizationRegistry<Reader>((reader) => reader.stopped());
  #timer: NodeJS.Timeout | undefined;

  add(body: object, reader: Reader): void {
    this.#held.set(reader, body);
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#watch(), heldMs).unref();
  }

  /** The end of the body is known: its reader is let go, however long the app keeps the body. */
  delete(reader: Reader): void {
    this.#held.delete(reader);
    this.#watched.unregister(reader);
  }

  #watch(): void {
    this.#timer = undefined;
    for (const [reader, body] of this.#held) this.#watched.register(body, reader, reader);
    this.#held.clear();
  }
}
