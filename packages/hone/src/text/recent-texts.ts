/**
 * Ids of texts tokenised lately. The rollouts of a group ask for the same prompt within a moment of each other, and a long
 * system prompt takes milliseconds each time.
 */
export class RecentTexts {
  readonly #maxCharacters: number;
  /** The oldest first. */
  readonly #ids = new Map<string, readonly number[]>();
  #characters = 0;

  /** @param maxCharacters of all texts that are kept */
  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters;
  }

  /** What `tokenize` gives for the text, or gave lately; an array of the caller's own. */
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
