/** The beginning of a body as a text, in bounded memory. */

/** Bytes kept of the bodies that are under way, of all together. */
export interface KeptBytes {
  bytes: number;
}

/** Bytes of response bodies that are kept: of one, and of all that are under way. */
export const mostBytes = { each: 8_388_608, all: 67_108_864 };

export class KeptText {
  readonly #all: KeptBytes;
  readonly #decoder = new TextDecoder();
  #pieces: string[] = [];
  #size = 0;
  #isCut = false;
  #isTaken = false;

  constructor(all: KeptBytes) {
    this.#all = all;
  }

  /** Something did not fit. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Bytes that were kept. */
  get size(): number {
    return this.#size;
  }

  /** Nothing is kept of the bytes themselves, which are somebody else's. */
  add(bytes: Uint8Array): void {
    if (this.#isTaken) return;
    const size = bytes.byteLength;
    if (this.#size + size > mostBytes.each || this.#all.bytes + size > mostBytes.all) {
      this.#isCut = true;
    }
    if (this.#isCut) return;
    this.#pieces.push(this.#decoder.decode(bytes, { stream: true }));
    this.#size += size;
    this.#all.bytes += size;
  }

  /** What was kept so far. */
  soFar(): string {
    return this.#pieces.join("");
  }

  /** What was kept, which is forgotten; nothing more is kept. */
  take(): string {
    if (this.#isTaken) return "";
    this.#isTaken = true;
    const text = this.soFar() + this.#decoder.decode();
    this.#pieces = [];
    this.#all.bytes -= this.#size;
    return text;
  }
}
