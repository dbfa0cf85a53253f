/**
 * The bytes at the start of a GGUF file, read one piece after the other.
 *
 * A header states counts and lengths, and a file may lie in each of them. So nothing is allocated for a count before it was
 * compared with the bytes that the file still has.
 */
import { readSync } from "node:fs";
import { HoneError } from "../../core/errors.ts";

/** Bytes read from the disk at once. */
const chunkBytes = 1024 * 1024;

/** The largest header that is read. That of a vocabulary of 256,000 tokens has about 16 MB. */
const maxHeaderBytes = 256 * 1024 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads little-endian values from an open file; every method moves on by what it read. */
export class HeaderBytes {
  readonly #descriptor: number;
  readonly #file: string;
  /** The size of the file in bytes. */
  readonly size: number;
  #buffer = Buffer.alloc(0);
  /** Where the buffer begins in the file. */
  #start = 0;
  /** The next byte to be read, counted from the start of the buffer. */
  #next = 0;

  constructor(descriptor: number, file: string, size: number) {
    this.#descriptor = descriptor;
    this.#file = file;
    this.size = size;
  }

  /** The place in the file of the next byte. */
  get position(): number {
    return this.#start + this.#next;
  }

  /** How many bytes of the file have not been read. */
  get remaining(): number {
    return this.size - this.position;
  }

  u8 = (): number => this.#take(1, (buffer, at) => buffer.readUInt8(at));
  i8 = (): number => this.#take(1, (buffer, at) => buffer.readInt8(at));
  u16 = (): number => this.#take(2, (buffer, at) => buffer.readUInt16LE(at));
  i16 = (): number => this.#take(2, (buffer, at) => buffer.readInt16LE(at));
  u32 = (): number => this.#take(4, (buffer, at) => buffer.readUInt32LE(at));
  i32 = (): number => this.#take(4, (buffer, at) => buffer.readInt32LE(at));
  f32 = (): number => this.#take(4, (buffer, at) => buffer.readFloatLE(at));
  f64 = (): number => this.#take(8, (buffer, at) => buffer.readDoubleLE(at));
  u64 = (): bigint => this.#take(8, (buffer, at) => buffer.readBigUInt64LE(at));
  i64 = (): bigint => this.#take(8, (buffer, at) => buffer.readBigInt64LE(at));

  /**
   * A count of things that take at least `bytesEach` bytes of the file each.
   * @throws GGUF_INVALID when so many cannot be in the rest of the file
   */
  count(what: string, bytesEach: number): number {
    const count = this.u64();
    if (count <= BigInt(Math.floor(this.remaining / bytesEach))) return Number(count);
    throw this.invalid(
      `it states ${count} ${what}, which do not fit into the ${this.remaining} bytes that follow`,
    );
  }

  /** A text with its length before it. @throws GGUF_INVALID, GGUF_TRUNCATED */
  text(what: string): string {
    const length = this.count(`bytes of ${what}`, 1);
    return this.#take(length, (buffer, at) => {
      try {
        return utf8.decode(buffer.subarray(at, at + length));
      } catch (cause) {
        throw this.invalid(`${what} is not UTF-8`, cause);
      }
    });
  }

  /** The error of a file whose header contradicts itself. */
  invalid(problem: string, cause?: unknown): HoneError {
    return new HoneError("GGUF_INVALID", { file: this.#file, problem }, { cause });
  }

  #take<T>(length: number, read: (buffer: Buffer, at: number) => T): T {
    if (this.#next + length > this.#buffer.length) this.#fill(length);
    const at = this.#next;
    this.#next += length;
    return read(this.#buffer, at);
  }

  /** Reads on, so that at least `length` bytes from the next one are in the buffer. */
  #fill(length: number): void {
    const start = this.position;
    if (start + length > this.size) {
      const facts = { file: this.#file, what: "its header", needed: start + length };
      throw new HoneError("GGUF_TRUNCATED", { ...facts, size: this.size });
    }
    if (start + length > maxHeaderBytes)
      throw this.invalid(`its header is longer than ${maxHeaderBytes} bytes`);
    const buffer = Buffer.alloc(Math.min(Math.max(length, chunkBytes), this.size - start));
    for (let done = 0; done < buffer.length;) {
      const read = readSync(this.#descriptor, buffer, done, buffer.length - done, start + done);
      if (read === 0) throw this.invalid("it became shorter while it was read");
      done += read;
    }
    this.#buffer = buffer;
    this.#start = start;
    this.#next = 0;
  }
}
