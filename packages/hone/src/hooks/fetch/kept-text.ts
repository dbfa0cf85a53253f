/** The beginning of a body as a text, in bounded memory. */

/** Bytes kept of the bodies that are under way, of all together. */
export interface KeptBytes {
  bytes: number;
}

/** Bytes of response bodies that are kept: of one, and of all that are under way. */
export const mostBytes = { each: 8_388_608, all: 67_108_864 };

/** A mark of the order of bytes stands at the beginning only. */
const first = new TextDecoder();
const later = new TextDecoder("utf-8", { ignoreBOM: true });

export class KeptText {
  readonly #all: KeptBytes;
  /** Of bytes in the middle of a character. */
  #decoder: InstanceType<typeof TextDecoder> | undefined;
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
    this.#pieces.push(this.#decoded(bytes));
    this.#size += size;
    this.#all.bytes += size;
  }

  #decoded(bytes: Uint8Array): string {
    const isFirst = this.#size === 0;
    // Where a character ends there is nothing to remember.
    if (this.#decoder === undefined && (bytes.at(-1) ?? 0) < 0x80) {
      return (isFirst ? first : later).decode(bytes);
    }
    this.#decoder ??= new TextDecoder("utf-8", { ignoreBOM: !isFirst });
    return this.#decoder.decode(bytes, { stream: true });
  }

  /** What was kept so far. */
  soFar(): string {
    return this.#pieces.join("");
  }

  /** What was kept, which is forgotten; nothing more is kept. */
  take(): string {
    if (this.#isTaken) return "";
    this.#isTaken = true;
    const text = this.soFar() + (this.#decoder?.decode() ?? "");
    this.#pieces = [];
    this.#all.bytes -= this.#size;
    return text;
  }
}
