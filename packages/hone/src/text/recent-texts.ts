/**
 * A cache of the ids of recently tokenised texts. The rollouts of a group tokenise the same prompt at nearly the same time,
 * and a long system prompt takes milliseconds each time.
 */
export class RecentTexts {
  readonly #maxCharacters: number;
  /** The ids by their text; the text that was used longest ago comes first. */
  readonly #ids = new Map<string, readonly number[]>();
  #characters = 0;

  /** @param maxCharacters maximum number of characters of all kept texts together */
  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters;
  }

  /** The ids of a text, from the cache or from `tokenize`, as a new array. */
  idsOf(text: string, tokenize: () => number[]): number[] {
    const known = this.#ids.get(text);
    const ids = known ?? tokenize();
    this.#keep(text, ids);
    return [...ids];
  }

  #keep(text: string, ids: readonly number[]): void {
    if (text.length > this.#maxCharacters) return;
    if (this.#ids.delete(text)) this.#characters -= text.length;
    this.#ids.set(text, ids);
    this.#characters += text.length;
    for (const oldest of this.#ids.keys()) {
      if (this.#characters <= this.#maxCharacters) break;
      this.#ids.delete(oldest);
      this.#characters -= oldest.length;
    }
  }
}
