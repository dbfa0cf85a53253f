/** The body of a request, put together from what is written. */

/** Size up to which a body is kept, in bytes: 8 MiB, as of bodies of `fetch`. */
const maxBytes = 8_388_608;

export class WrittenBody {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** Takes what `write` or `end` were given; a function, as their callback, is no chunk. */
  add(chunk: unknown, encoding?: unknown): void {
    const bytes =
      typeof chunk === "string"
        ? Buffer.from(chunk, isEncoding(encoding) ? encoding : "utf8")
        : chunk instanceof Uint8Array
          ? Buffer.from(chunk)
          : undefined;
    if (bytes === undefined) return;
    this.#bytes += bytes.byteLength;
    if (this.#bytes > maxBytes) this.#chunks = [];
    else this.#chunks.push(bytes);
  }

  /** The body as a text; undefined once it is too long. */
  text(): string | undefined {
    return this.#bytes > maxBytes ? undefined : Buffer.concat(this.#chunks).toString();
  }
}

const isEncoding = (value: unknown): value is BufferEncoding =>
  typeof value === "string" && Buffer.isEncoding(value);
