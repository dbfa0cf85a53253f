/** Work on objects that do one thing at a time: each object's work runs in the order it was given. */
export class Turns {
  /** By object: ends when all work given so far has. */
  readonly #last = new Map<object, Promise<unknown>>();

  /** Runs `work` when all earlier work on this object has ended, also when it failed. */
  run<R>(object: object, work: () => R | Promise<R>): Promise<R> {
    const result = (this.#last.get(object) ?? Promise.resolve()).then(work);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(object, settled);
    void settled.then(() => {
      if (this.#last.get(object) === settled) this.#last.delete(object);
    });
    return result;
  }

  /** Waits until no object has work. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}
