/**
 * Tells of bodies that the app let go of before it had read them.
 *
 * To watch a body for that costs the garbage collector more than all else that is done for a short answer; most are read
 * within moments, and only those that are not are watched.
 */

/** Hears that nobody holds the body any more. */
interface Reader {
  stopped(): void;
}

/** How long a body is simply held. */
const heldMs = 250;

export class UnreadBodies {
  readonly #held = new Map<Reader, object>();
  readonly #watched = new FinalizationRegistry<Reader>((reader) => reader.stopped());
  #timer: NodeJS.Timeout | undefined;

  add(body: object, reader: Reader): void {
    this.#held.set(reader, body);
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#watch(), heldMs).unref();
  }

  /** Its end is known: the reader is held no longer, however long the app keeps the body. */
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
