/**
 * The body of a response without its compression, which `fetch` removes by itself and other clients remove after what is seen
 * here. A compressed body is kept until its end, and read then.
 */
import * as zlib from "node:zlib";

/** Size up to which a compressed body is kept, and to which it is read, in bytes. */
const limits = { kept: 16_000_000, read: 64_000_000 };

const nothing = new Uint8Array(0);

const readers: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => zlib.gunzipSync(bytes, { maxOutputLength: limits.read }),
  "x-gzip": (bytes) => zlib.gunzipSync(bytes, { maxOutputLength: limits.read }),
  deflate: (bytes) => zlib.unzipSync(bytes, { maxOutputLength: limits.read }),
  br: (bytes) => zlib.brotliDecompressSync(bytes, { maxOutputLength: limits.read }),
  zstd: (bytes) => zlib.zstdDecompressSync(bytes, { maxOutputLength: limits.read }),
};

export class BodyDecoder {
  readonly #encoding: string;
  #kept: Uint8Array[] = [];
  #bytes = 0;

  /** @param encoding  the header content-encoding, if the response has one */
  constructor(encoding: string | null) {
    this.#encoding = (encoding ?? "identity").trim().toLowerCase();
  }

  get #isPlain(): boolean {
    return this.#encoding === "identity" || this.#encoding === "";
  }

  /** What of the body can be read by now; of a compressed one nothing. */
  chunk(bytes: Uint8Array): Uint8Array {
    if (this.#isPlain) return bytes;
    this.#bytes += bytes.byteLength;
    if (this.#bytes > limits.kept) this.#kept = [];
    else this.#kept.push(Uint8Array.from(bytes));
    return nothing;
  }

  /** The rest of the body; undefined where it cannot be read: it is too long, damaged, or of an unknown compression. */
  end(): Uint8Array | undefined {
    if (this.#isPlain || this.#bytes === 0) return nothing;
    const read = readers[this.#encoding];
    if (read === undefined || this.#bytes > limits.kept) return undefined;
    try {
      return read(Buffer.concat(this.#kept));
    } catch {
      return undefined;
    }
  }
}
