/**
 * Which tokens positions can have, one bit each: masks of a byte a token would take as much as the logits of the whole vocabulary at
 * every position, which are never there at once.
 */
import { packedLength } from "../../tensor/ops/bits.ts";

export class PackedMasks {
  /** [positions, ⌈V/8⌉] bit i, lowest first, of byte j is token 8·j + i; 1 for tokens that the position can have, at first all. */
  readonly bits: Uint8Array;
  readonly #bytes: number;
  /** [V] of one position, a byte a token; then zeros up to a multiple of 8. */
  readonly #mask: Uint8Array<ArrayBuffer>;
  readonly #vocabularySize: number;

  constructor(positions: number, vocabularySize: number) {
    this.#bytes = packedLength(vocabularySize);
    this.#vocabularySize = vocabularySize;
    this.bits = new Uint8Array(positions * this.#bytes).fill(255);
    this.#mask = new Uint8Array(8 * this.#bytes);
  }

  /** @param writeAllowed  writes [V] 1 for the tokens that this position can have, else 0 */
  write(position: number, writeAllowed: (into: Uint8Array) => void): void {
    writeAllowed(this.#mask.subarray(0, this.#vocabularySize));
    const fours = new Uint32Array(this.#mask.buffer);
    const start = position * this.#bytes;
    for (let j = 0; j < this.#bytes; j++)
      this.bits[start + j] = fourBits(fours[2 * j]!) | (fourBits(fours[2 * j + 1]!) << 4);
  }
}

/** Four bytes that are 0 or 1, the first one lowest, as four bits. Every processor that Node runs on has the lowest byte first. */
const fourBits = (four: number): number =>
  (four | (four >>> 7) | (four >>> 14) | (four >>> 21)) & 15;
