/**
 * Remembers texts that were found to hold no secret: the messages of a conversation come again with every model call, and
 * are searched once.
 *
 * Memory is bounded by two generations: when the young one is full it becomes the old one, and the old one is forgotten. A
 * text that is asked for in time moves to the young one.
 */
export class CheckedTexts {
  readonly #maxCharacters: number;
  #young = new Set<string>();
  #old = new Set<string>();
  #characters = 0;

  /** @param maxCharacters  of one generation */
  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters;
  }

  has(text: string): boolean {
    if (this.#young.has(text)) return true;
    if (!this.#old.has(text)) return false;
    this.add(text);
    return true;
  }

  add(text: string): void {
    // The copy would be another text: half a surrogate pair has no form in UTF-8.
    if (!text.isWellFormed()) return;
    // The 64 stand for the entry in the set, which takes about as much memory as a short text.
    const weight = text.length + 64;
    if (weight > this.#maxCharacters / 8) return;
    if (this.#characters + weight > this.#maxCharacters) {
      this.#old = this.#young;
      this.#young = new Set();
      this.#characters = 0;
    }
    this.#young.add(copyOf(text));
    this.#characters += weight;
  }
}

/** A copy in memory of its own: a substring would keep the whole long text in memory. */
const copyOf = (text: string): string => Buffer.from(text).toString();
