/**
 * Texts that are known to hold no secret: the messages of a conversation come again with every call of a model, and are
 * looked through once.
 *
 * Two generations in bounded memory: when the young one is full it becomes the old one, and what nobody asked for since
 * is forgotten.
 */
export class CleanTexts {
  readonly #most: number;
  #young = new Set<string>();
  #old = new Set<string>();
  #characters = 0;

  /** @param most  characters of a generation */
  constructor(most: number) {
    this.#most = most;
  }

  has(text: string): boolean {
    if (this.#young.has(text)) return true;
    if (!this.#old.has(text)) return false;
    this.add(text);
    return true;
  }

  add(text: string): void {
    // A short text weighs what its place in the set weighs.
    const weight = text.length + 64;
    if (weight > this.#most / 8) return;
    if (this.#characters + weight > this.#most) {
      this.#old = this.#young;
      this.#young = new Set();
      this.#characters = 0;
    }
    this.#young.add(own(text));
    this.#characters += weight;
  }
}

/** A copy in memory of its own: a piece of a long text keeps the whole of it alive. */
const own = (text: string): string => JSON.parse(JSON.stringify(text)) as string;
