/** Values that arrive one by one, read as an async iterable. One reader. */
export class AsyncQueue<T> {
  readonly #arrived: T[] = [];
  #ending: { readonly error?: unknown } | undefined;
  #wake = (): void => undefined;

  push(value: T): void {
    this.#arrived.push(value);
    this.#wake();
  }

  /** No value comes after this; what has arrived is still read. */
  end(): void {
    this.#ending ??= {};
    this.#wake();
  }

  /** Like `end`, and the reader then gets this error. */
  fail(error: unknown): void {
    this.#ending ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    while (true) {
      const value = this.#arrived.shift();
      if (value !== undefined) yield value;
      else if (this.#ending === undefined)
        await new Promise<void>((resolve) => (this.#wake = resolve));
      else if ("error" in this.#ending) throw this.#ending.error;
      else return;
    }
  }
}
