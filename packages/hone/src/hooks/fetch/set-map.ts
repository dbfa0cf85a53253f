/** Several values for each key, in the order they were added. */
export class SetMap<Value> {
  readonly #sets = new Map<string, Set<Value>>();

  get isEmpty(): boolean {
    return this.#sets.size === 0;
  }

  /** The values of a key. */
  get(key: string): Iterable<Value> {
    return this.#sets.get(key) ?? [];
  }

  add(key: string, value: Value): void {
    const known = this.#sets.get(key);
    if (known === undefined) this.#sets.set(key, new Set([value]));
    else known.add(value);
  }

  delete(key: string, value: Value): void {
    const known = this.#sets.get(key);
    known?.delete(value);
    if (known?.size === 0) this.#sets.delete(key);
  }
}
