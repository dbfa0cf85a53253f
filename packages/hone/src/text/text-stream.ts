/**
 * Turns tokens into text as they arrive, and never returns half a character.
 *
 * A token may hold only some bytes of a character. While the text so far ends in U+FFFD, the sign of an unfinished
 * character, its tokens are held back; they are returned with the token that completes the character. All pieces together
 * are exactly the decoding of all tokens. Each piece is cut from a decoding that starts one piece earlier, because some
 * decoders treat the first token of a text differently. (One exception: Python's decoder of byte-fallback tokens turns a
 * whole run of bytes into U+FFFD for one bad byte, and a good character of such a run may have been returned before.)
 */
const REPLACEMENT = "\uFFFD";

export class TextStream {
  readonly #decode: (ids: readonly number[]) => string;
  /** The tokens of the piece that was returned last. */
  #context: number[] = [];
  #contextText = "";
  #held: number[] = [];

  constructor(decode: (ids: readonly number[]) => string) {
    this.#decode = decode;
  }

  /** The text that this token completes; empty while a character is unfinished. */
  push(id: number): string {
    this.#held.push(id);
    const text = this.#decode([...this.#context, ...this.#held]);
    return text.endsWith(REPLACEMENT) ? "" : this.#give(text);
  }

  /** The text that was still held back; an unfinished character becomes U+FFFD. */
  finish(): string {
    return this.#held.length === 0
      ? ""
      : this.#give(this.#decode([...this.#context, ...this.#held]));
  }

  #give(text: string): string {
    const piece = text.slice(this.#contextText.length);
    const heldText = this.#decode(this.#held);
    if (heldText !== "") {
      this.#context = this.#held;
      this.#contextText = heldText;
    }
    this.#held = [];
    return piece;
  }
}
