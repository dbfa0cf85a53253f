/**
 * Turns tokens into text as they arrive, without ever giving out half a character.
 *
 * A token may hold only some bytes of a character. Tokens are held back while the text so far ends in U+FFFD, the sign of
 * an unfinished character, and come out together with the token that completes it. What was given out in all is exactly
 * the decoding of all tokens: each piece is cut from a decoding that starts one piece earlier, because some decoders
 * treat the first token of a text differently. (Only with byte-fallback tokens, where Python's decoder turns a whole run
 * of bytes into U+FFFD for one bad byte, a good character of such a run may be out already.)
 */
const REPLACEMENT = "\uFFFD";

export class TextStream {
  readonly #decode: (ids: readonly number[]) => string;
  /** The tokens of the piece given out last. */
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

  /** What was still held back; an unfinished character comes out as U+FFFD. */
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
