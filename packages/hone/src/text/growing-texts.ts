/**
 * The texts of replies that are still being sampled. Each is decoded on from where it was, so that a stream costs what its reply
 * costs once, and not a decoding of the whole reply for every piece.
 */
import type { TokenIds } from "../core/rollout.ts";
import { TextStream } from "./text-stream.ts";

/** A reply so far. */
interface GrowingText {
  readonly tokens: number[];
  readonly stream: TextStream;
  text: string;
}

/** As many streams as a server commonly has at a time. Beyond, a reply that was left out is decoded anew. */
const MAX_TEXTS = 128;

export class GrowingTexts {
  readonly #decode: (ids: TokenIds) => string;
  /** The latest one last. */
  #texts: GrowingText[] = [];

  constructor(decode: (ids: TokenIds) => string) {
    this.#decode = decode;
  }

  /** The text of these tokens, without a character at the end of which only some bytes have come. */
  textOf(tokens: TokenIds): string {
    const growing = this.#longestBeginning(tokens) ?? {
      tokens: [],
      stream: new TextStream(this.#decode),
      text: "",
    };
    for (const token of tokens.slice(growing.tokens.length)) {
      growing.tokens.push(token);
      growing.text += growing.stream.push(token);
    }
    this.#texts = [...this.#texts.filter((one) => one !== growing), growing].slice(-MAX_TEXTS);
    return growing.text;
  }

  /** Lets go of the texts with which a reply, now whole, began. */
  forget(tokens: TokenIds): void {
    if (this.#texts.length === 0) return;
    this.#texts = this.#texts.filter((one) => !begins(tokens, one.tokens));
  }

  #longestBeginning(tokens: TokenIds): GrowingText | undefined {
    let longest: GrowingText | undefined;
    for (const one of this.#texts) {
      if (one.tokens.length >= (longest?.tokens.length ?? 1) && begins(tokens, one.tokens)) {
        longest = one;
      }
    }
    return longest;
  }
}

/** Whether `tokens` begin with all of `first`. The last of these, which tells most apart, is looked at first. */
const begins = (tokens: TokenIds, first: TokenIds): boolean =>
  first.length <= tokens.length &&
  first.at(-1) === tokens[first.length - 1] &&
  first.every((token, i) => token === tokens[i]);
